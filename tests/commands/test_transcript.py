"""A transcript beside its film: it is no subtitles, until somebody has corrected it."""

import json
from pathlib import Path

import pytest

from indexer.pipeline.stopping import Stopping
from indexer.speech.speech_ledger import SUBTITLES
from search.library import Library
from tests.command import Run
from tests.speech_media import Sound, Tone, render_with_sound

FLAGS = ("--model", "fake:", "--speech", "fake:", "--embedder", "fake:")
SAID = "A tone of 440 hertz."


@pytest.fixture
def film(run: Run, tmp_path: Path) -> Path:
    """Return a film that is indexed, with a tone that the fake transcriber hears."""
    film = render_with_sound(tmp_path / "films" / "film.mp4", [Sound([Tone(440, 1, 2)])])
    assert run("index", film.parent, *FLAGS).status == 0
    return film


def source(tmp_path: Path, film: Path) -> str:
    """Return the key of where a film's words come from."""
    library = Library.open(tmp_path / "library")
    memory = library.memory()
    file = memory.file(film)
    assert file is not None
    words = memory.words(file.fingerprint)
    assert words is not None
    return words.key


def listened(run: Run, film: Path, *more: str) -> int:
    """Index once more; return of how many videos words were found."""
    done = run("index", film.parent, *FLAGS, "--json", *more)
    assert done.status == 0, done.err
    return int(json.loads(done.out)["speech"]["videos"])


@pytest.mark.parametrize("suffix", ["vtt", "srt"])
def test_a_transcript_beside_its_film_is_not_read_back(
    run: Run, tmp_path: Path, film: Path, suffix: str
) -> None:
    heard = source(tmp_path, film)
    assert heard != SUBTITLES
    beside = film.with_suffix(f".{suffix}")
    assert run("transcript", film, "-o", beside).status == 0
    for _ in range(2):
        assert listened(run, film) == 0, "nor listened to again"
        assert source(tmp_path, film) == heard
    assert SAID in run("transcript", film).out
    # Nor where words are looked for anew, as after a change of the model.
    assert listened(run, film, "--language", "de") == 1
    assert source(tmp_path, film) not in {SUBTITLES, heard}
    assert listened(run, film, "--only", "speech") == 0
    # It may be written again.
    assert run("transcript", film, "-o", beside).status == 0


@pytest.mark.parametrize("suffix", ["vtt", "srt"])
def test_one_that_was_corrected_is_read_and_never_written_over(
    run: Run, tmp_path: Path, film: Path, suffix: str
) -> None:
    beside = film.with_suffix(f".{suffix}")
    assert run("transcript", film, "-o", beside).status == 0
    beside.write_text(beside.read_text("utf-8").replace("A tone", "The note A"), "utf-8")
    assert listened(run, film) == 1
    assert source(tmp_path, film) == SUBTITLES
    assert "The note A of 440 hertz." in run("transcript", film).out
    refused = run("transcript", film, "-o", beside)
    assert refused.status == 2
    assert "--force" in refused.err


def test_a_new_library_listens_too(run: Run, tmp_path: Path, film: Path) -> None:
    assert run("transcript", film, "-o", film.with_suffix(".srt")).status == 0
    again = run("--library", tmp_path / "other", "index", film.parent, *FLAGS, "--json")
    assert json.loads(again.out)["speech"]["sentences"] == 1
    library = Library.open(tmp_path / "other")
    assert library.heard(film)


def test_chapters_beside_a_film_are_not_what_is_said(run: Run, tmp_path: Path, film: Path) -> None:
    heard = source(tmp_path, film)
    assert run("playlist", film, "-o", film.with_suffix(".vtt")).status == 0
    assert listened(run, film) == 0
    assert source(tmp_path, film) == heard


def test_subtitles_written_out_are_subtitles(run: Run, tmp_path: Path, film: Path) -> None:
    film.with_suffix(".en.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello.\n")
    assert listened(run, film) == 1
    assert source(tmp_path, film) == SUBTITLES
    assert run("transcript", film, "-o", "x.srt").status == 0
    assert Path("x.srt").read_text() == "1\n00:00:01,000 --> 00:00:02,000\nHello.\n"


def test_listening_alone_ends_by_itself_and_goes_on(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = render_with_sound(tmp_path / "other" / "film.mp4", [Sound([Tone(440, 1, 2)])])
    only = ("index", other, "--only", "speech", *FLAGS)
    over = Stopping(at_s=1.0, clock=lambda: 2.0)
    with monkeypatch.context() as soon:
        soon.setattr("commands.index.stopping_of", lambda asked, ending: over)
        stopped = run(*only, "--for", "6h")
    assert stopped.status == 0
    assert "(--for 6h)" in stopped.err
    assert "Stopped since its time is over; all is kept" in stopped.err
    assert run(*only).status == 0
    assert SAID in run("transcript", other).out


def test_a_film_is_named_as_anywhere(run: Run, film: Path) -> None:
    for named in ("film", "film.mp4", "in:film", film.parent):
        assert SAID in run("transcript", named).out
    outcome = run("transcript", "filn")
    assert outcome.err == "Error: Nothing in the library is called filn: did you mean film.mp4?\n"
