"""Before `index` listens to everything again it says so: how much, and how to keep the words."""

from pathlib import Path

import pytest

from indexer.ledger import FileRecord
from indexer.speech.estimate import heard_otherwise
from indexer.speech.speech_ledger import SUBTITLES, NoMemory, WordsRecord
from indexer.speech.speech_run import Listener, SpeechJob
from indexer.speech.transcribing.transcriber import SpeechModel, SpeechOptions, SpeechRecipe
from tests.command import Run
from tests.speech_media import Sound, Tone, render_with_sound

FLAGS = ("--model", "fake:", "--speech", "fake:", "--embedder", "fake:")


@pytest.fixture
def films(tmp_path: Path) -> Path:
    folder = tmp_path / "films"
    for name in ("one", "two"):
        render_with_sound(folder / f"{name}.mp4", [Sound([Tone(440, 1, 2)])], seconds=8)
    render_with_sound(folder / "silent.mp4", [], seconds=8)
    return folder


@pytest.mark.parametrize("more", [(), ("--only", "speech")])
def test_what_is_listened_to_again_is_told_before(
    run: Run, films: Path, more: tuple[str, ...]
) -> None:
    assert "listened to again" not in run("index", films, *FLAGS).err
    assert "listened to again" not in run("index", films, *FLAGS).err
    asked = run("index", films, *FLAGS, "--language", "de", *more)
    assert asked.status == 0
    assert (
        "2 videos written down otherwise (auto → de) will be listened to again, 0:16 of sound,"
        " one by one; until then the old words are searched. --language auto keeps them as they"
        " are.\nThat takes about 1 s on this machine. Ctrl-C stops at any time"
    ) in asked.err
    kept = run("index", films, *FLAGS)
    assert "listened to again" not in kept.err, "the library goes on as it was told last"


def test_what_it_says_keeps_the_words_does(run: Run, films: Path) -> None:
    run("index", films, *FLAGS)
    told = run("index", films, *FLAGS, "--language", "auto")
    assert "listened to again" not in told.err


def test_a_new_version_can_wait_for_another_run(
    run: Run, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("index", films, *FLAGS)
    monkeypatch.setattr("indexer.speech.transcribing.transcriber._WAYS", 1_000)
    later = run("index", films, *FLAGS, "--only", "pictures")
    assert "listened to again" not in later.err
    told = run("index", films, *FLAGS)
    assert (
        "2 videos written down otherwise will be listened to again, 0:16 of sound, one by one;"
        " until then the old words are searched. --only pictures leaves that for another run."
    ) in told.err
    assert "listened to again" not in run("index", films, *FLAGS).err
    monkeypatch.setattr("indexer.speech.transcribing.transcriber._WAYS", 1_001)
    alone = run("index", films, *FLAGS, "--only", "speech")
    assert "listened to again" in alone.err
    assert "--only pictures" not in alone.err


class Memory(NoMemory):
    """Remembers of every file that its words came about in some way."""

    def __init__(self, record: WordsRecord) -> None:
        self.record = record

    def file(self, path: Path) -> FileRecord:
        stat = path.stat()
        return FileRecord(path, "one", stat.st_size, stat.st_mtime_ns, "", "")

    def words(self, fingerprint: str) -> WordsRecord:
        return self.record


LISTENER = Listener(
    SpeechOptions("fake:"), SpeechModel("fake:", "1"), SpeechRecipe("fake:", "2", "", "")
)


@pytest.mark.parametrize(
    ("record", "again_ms"),
    [
        (WordsRecord("older", True, 7_000), 7_000),
        (WordsRecord(LISTENER.recipe.key, True, 7_000), None),
        (WordsRecord(SUBTITLES, True, 7_000), None),
        (WordsRecord("older", True, 0), None),
    ],
)
def test_only_what_was_heard_is_heard_again(
    tmp_path: Path, record: WordsRecord, again_ms: int | None
) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"film")
    job = SpeechJob([path], lambda: pytest.fail("nothing is opened"), LISTENER)
    found = heard_otherwise(job, Memory(record), LISTENER)
    assert found == ({} if again_ms is None else {path: again_ms})
    # Where there are subtitles by now, these are read instead.
    path.with_suffix(".srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello.\n")
    assert heard_otherwise(job, Memory(record), LISTENER) == {}
