"""Libraries that suffered: what is damaged is named, what can be saved is, the rest is redone."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.errors import LibraryError
from indexer.segments import Segment
from indexer.speech.speech_ledger import SUBTITLES
from indexer.speech.transcribing.sentences import Sentence
from indexer.video import Video
from indexer.windows import Window, tile
from search import Library
from search.integrity import checksums
from search.store import manifest
from search.store.corruption import look
from search.store.errors import told
from search.store.rows import FileRow, SegmentRow, VideoRow
from tests.command import FAKE, Run
from tests.doubles import RECIPE
from tests.media import render, steady

ROOT = Path(__file__).parents[3]
FILMS = 3


def add(library: Library, path: Path, name: str, word: str) -> None:
    """Describe a video of four windows; its file is made."""
    path.write_text(name)
    span = Window(0, 40_000)
    stat = path.stat()
    video = Video(path, name, stat.st_size, stat.st_mtime_ns, 40_000, span, 64, 48)
    with library.writing() as writer:
        writer.begin(video, RECIPE)
        words = [f"a dog and {word}{number}" for number in range(4)]
        pairs = zip(tile(span, 10_000), words, strict=True)
        writer.put(video, RECIPE, [Segment(window, text, "said so") for window, text in pairs])
        writer.finish(video, RECIPE)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """A library of three films, in commits of their own."""
    monkeypatch.setenv("SCENELIST_LIBRARY", str(tmp_path / "library"))
    library = Library.open(tmp_path / "library", create=True, embedder="fake:")
    for number in range(FILMS):
        add(library, tmp_path / f"{number}.mp4", f"film{number}", f"thing{number}x")
    return library


def texts(library: Library) -> list[str]:
    return sorted(description.segment.text for description in library.export())


def one_sentence(err: str) -> bool:
    """Whether we said one sentence; LanceDB's own warnings, hushed in the program, do not count."""
    said = [line for line in err.splitlines() if not line.startswith("[")]
    return len(said) == 1 and said[0].endswith(".")


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "cut": cut,
    "blank": lambda data: bytes(len(data)),
    "footer": lambda data: data[:-8] + b"\xff" * 8,
}


def newest(folder: Path, kind: str) -> Path:
    """Return the data file or manifest that a table needs most."""
    if kind.endswith("manifest"):
        return checksums.newest_manifests(folder, kind.split(maxsplit=1)[0])[0]
    used = (folder / f"{kind}.lance/data").glob("*.lance")
    return max(used, key=lambda path: path.stat().st_mtime_ns)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", ["files", "videos", "segments", "segments manifest"])
def test_a_damaged_table_is_named_in_one_sentence(
    run: Run, library: Library, kind: str, damage: str
) -> None:
    path = newest(library.folder, kind)
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    for command in (("list",), ("export",), ("search", "a dog", "-o", "-")):
        outcome = run(*command)
        if "manifest" in kind and outcome.status == 0:
            continue  # LanceDB took the one before it, which says the same
        assert outcome.status == 2, command
        assert one_sentence(outcome.err), outcome.err
        assert f"table of {kind.split(maxsplit=1)[0]}" in outcome.err
        assert "doctor --repair" in outcome.err
        assert ".rs:" not in outcome.err
        assert "space" not in outcome.err


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", ["files", "videos", "segments", "segments manifest"])
def test_repair_saves_the_rest_and_marks_what_is_lost(
    library: Library, tmp_path: Path, kind: str, damage: str
) -> None:
    before = texts(library)
    path = newest(library.folder, kind)
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    said: list[str] = []
    Library.repair(library.folder, said.append)
    again = Library.open(library.folder)
    assert look(library.folder) == []
    assert checksums.changed(library.folder) == []
    for number in range(FILMS):  # as the next index does
        film = tmp_path / f"{number}.mp4"
        add(again, film, f"film{number}", f"thing{number}x")
    assert texts(again) == before
    assert [item.state for item in again.listing()] == ["described"] * FILMS
    assert again.search("thing1x2")[0].text == "a dog and thing1x2"
    said.clear()
    Library.repair(library.folder, said.append)
    assert said == [], "once is enough"


def test_a_manifest_that_broke_costs_nothing(library: Library) -> None:
    before = texts(library)
    for table in ("files", "videos", "segments"):
        newest(library.folder, f"{table} manifest").write_bytes(b"")
    Library.repair(library.folder, lambda _: None)
    assert texts(Library.open(library.folder)) == before
    assert len(Library.open(library.folder).listing()) == FILMS


def test_what_cannot_be_described_again_is_kept_though_doubtful(
    library: Library, tmp_path: Path
) -> None:
    """A flipped bit spoils a word or two: those of a film that is away are better than none."""
    (tmp_path / "2.mp4").unlink()
    data = library.folder / "segments.lance/data"
    for path in data.iterdir():
        raw = path.read_bytes()
        for word in (b"thing1x2", b"thing2x2"):
            raw = raw.replace(word, word.replace(b"x2", b"y2"))
        path.write_bytes(raw)
    Library.repair(library.folder, lambda _: None)
    kept = texts(Library.open(library.folder))
    assert [text for text in kept if "thing2" in text]
    assert not [text for text in kept if "thing1" in text]


def test_a_window_of_which_nothing_is_said_is_near_nothing_after_a_repair(
    library: Library, tmp_path: Path
) -> None:
    path = tmp_path / "quiet.mp4"
    add(library, path, "quiet", "thing9x")
    with library.writing() as writer:
        described = SegmentRow("quiet", 40_000, 50_000, "", "", RECIPE.key, False, "")
        writer.add([described])
    path.unlink()
    for data in (library.folder / "segments.lance/data").iterdir():
        data.write_bytes(data.read_bytes().replace(b"thing9x0", b"thing9y0"))
    told: list[str] = []
    Library.repair(library.folder, told.append)
    assert any("embedded anew" in sentence for sentence in told)
    vectors = Library.open(library.folder).embeddings(path)
    assert [bool(vector.any()) for vector in vectors] == [True] * 4 + [False]


@pytest.mark.parametrize("table", ["files", "videos", "segments"])
def test_a_table_that_is_gone_is_named_and_made_anew(
    run: Run, library: Library, tmp_path: Path, table: str
) -> None:
    before = texts(library)
    shutil.rmtree(library.folder / f"{table}.lance")
    outcome = run("list")
    assert outcome.status == 2
    assert f"lacks its table of {table}" in outcome.err
    assert one_sentence(outcome.err)
    Library.repair(library.folder, lambda _: None)
    again = Library.open(library.folder)
    for number in range(FILMS):
        add(again, tmp_path / f"{number}.mp4", f"film{number}", f"thing{number}x")
    assert texts(again) == before


FACTS = ["embedder", "recipes", "model", "recipe", "schema"]


@pytest.mark.parametrize("key", FACTS)
def test_a_manifest_that_lacks_a_key_is_one_sentence(run: Run, library: Library, key: str) -> None:
    path = library.folder / "library.json"
    facts = json.loads(path.read_text())
    del facts[key]
    path.write_text(json.dumps(facts))
    outcome = run("list")
    assert outcome.status == 2
    assert one_sentence(outcome.err)
    assert "library.json is damaged" in outcome.err
    Library.repair(library.folder, lambda _: None)
    assert manifest.read(library.folder).recipes == {RECIPE.key: RECIPE}


@pytest.mark.parametrize(
    "change",
    [
        {"novelty": 1},
        {"embedder": {"name": "fake:", "revision": "1", "dimensions": 64, "more": 1}},
        {"embedder": {"name": "fake:", "revision": "1", "dimensions": "64"}},
        {"recipes": {"k": {"model": "x"}}},
        {"recipes": []},
        {"segments": "../elsewhere"},
        {"model": None},
        {"schema": 0},
    ],
)
def test_a_manifest_with_odd_facts_is_one_sentence(
    run: Run, library: Library, change: dict[str, object]
) -> None:
    path = library.folder / "library.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    for command in (("list",), ("search", "dog"), ("doctor", "--deep"), ("export",)):
        outcome = run(*command)
        assert outcome.status == 2
        assert "library.json is damaged" in outcome.err + outcome.out
        assert outcome.err == "" or one_sentence(outcome.err)
    assert len(texts(Library.open(repaired(library)))) == 4 * FILMS


def repaired(library: Library) -> Path:
    Library.repair(library.folder, lambda _: None)
    return library.folder


@pytest.mark.parametrize("copy", ["kept", "lost"])
def test_a_lost_manifest_after_reembed_is_found_again(
    run: Run, library: Library, tmp_path: Path, copy: str
) -> None:
    before = texts(library)
    library.reembed("fake:32")
    known = library.manifest
    (library.folder / "library.json").unlink()
    if copy == "lost":
        manifest.copy_path(library.folder).unlink()
    again = Library.open(library.folder)
    assert texts(again) == before
    assert (again.manifest.embedder, again.manifest.segments) == (known.embedder, "segments_2")
    assert again.search("thing1x2")[0].text == "a dog and thing1x2"
    assert run("doctor").status == 0
    assert (library.folder / "library.json").is_file()


def test_what_an_interrupted_reembed_left_is_not_adopted_but_dropped(library: Library) -> None:
    before = texts(library)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.reembed("fake:32", stop)
    part = library.folder / "segments_2.lance"
    assert part.is_dir()
    (library.folder / "library.json").unlink()
    again = Library.open(library.folder)
    assert again.manifest.segments == "segments"
    assert any("segments_2" in finding.fact for finding in again.examine())
    said: list[str] = []
    Library.repair(library.folder, said.append)
    assert said == [
        f"{name}_2, a table that nothing points to, was dropped"
        for name in ("segments", "sentences")
    ]
    assert not part.exists()
    assert texts(Library.open(library.folder)) == before


def test_what_claims_to_be_complete_without_segments_is_not(
    library: Library, tmp_path: Path
) -> None:
    film = tmp_path / "hollow.mp4"
    film.write_text("x")
    with library.writing() as writer:
        writer.add_videos(
            [FileRow(str(film), "hollow", 1, 2, "", imported=False)],
            [VideoRow("hollow", 9_000, 0, 9_000, 64, 48, "", RECIPE.key)],
        )
    with library.writing() as writer:
        assert writer.complete("hollow") == ""
        assert writer.complete("film1") == RECIPE.key
    assert any("without windows" in finding.fact for finding in library.examine())
    add(library, film, "hollow", "new")
    with library.writing() as writer:
        assert writer.complete("hollow") == RECIPE.key
    assert not any("without windows" in finding.fact for finding in library.examine())


@pytest.mark.parametrize("damage", [*DAMAGES, "gone"])
def test_a_damaged_word_index_is_found_and_made_anew_by_the_next_writer(
    run: Run, library: Library, tmp_path: Path, damage: str
) -> None:
    for path in (library.folder / "segments.lance/_indices").rglob("*.lance"):
        if damage == "gone":
            path.unlink()
        else:
            path.write_bytes(DAMAGES[damage](path.read_bytes()))
    outcome = run("search", "dog thing1x2", "-o", "-")
    assert outcome.status == 2
    assert one_sentence(outcome.err)
    assert "search index" in outcome.err
    doctor = run("doctor")
    assert doctor.status == 2
    assert "! its search index is damaged" in doctor.out
    with library.writing():
        pass
    assert run("doctor").status == 0
    assert Library.open(library.folder).search("thing1x2")[0].text == "a dog and thing1x2"


def test_repair_makes_the_word_index_anew(run: Run, library: Library) -> None:
    for path in (library.folder / "segments.lance/_indices").rglob("*.lance"):
        path.write_bytes(b"")
    outcome = run("doctor", "--repair")
    assert outcome.status == 0
    assert "search index of segments was damaged: it was made anew" in outcome.out
    assert "in order" in outcome.out


def test_a_flipped_bit_is_found_by_its_checksum(run: Run, library: Library) -> None:
    assert run("doctor", "--deep").status == 0
    assert "every byte" in run("doctor", "--deep").out
    (path,) = (
        path
        for path in (library.folder / "segments.lance/data").iterdir()
        if b"thing2x1" in path.read_bytes()
    )
    path.write_bytes(path.read_bytes().replace(b"thing2x1", b"thing2x0"))
    outcome = run("doctor", "--deep")
    assert outcome.status == 2
    assert f"table of segments is damaged (segments.lance/data/{path.name}" in outcome.out
    library.forget([Path("/nowhere")])
    assert run("doctor", "--deep").status == 2, "it does not become right by another run"
    assert run("doctor", "--repair", "--deep").status == 0


def said_in(library: Library) -> list[tuple[str, int, str]]:
    """Return what is said in each film, and when."""
    return [
        (video.name, sentence.start_ms, sentence.text)
        for video in sorted(library.paths())
        for sentence in library.sentences(video)
    ]


def say(library: Library, name: str, word: str) -> None:
    """Let two sentences be said in a video, as listening does where nothing is known of it."""
    with library.writing() as writer:
        if writer.words(name) is None:
            record = writer.begin_words(name, SUBTITLES)
            said = [
                Sentence(1_000, 3_000, f"They speak of {word}."),
                Sentence(12_000, 14_000, "Nothing else."),
            ]
            writer.put_words(name, record, said)
            writer.finish_words(name, replace(record, complete=True, heard_ms=40_000))


@pytest.fixture
def spoken(library: Library) -> Library:
    """The same library, with two sentences in each film."""
    for number in range(FILMS):
        say(library, f"film{number}", f"subject{number}x")
    return library


SAID = ["sentences", "words", "sentences manifest", "words manifest"]


@pytest.mark.parametrize("damage", [*DAMAGES, "gone"])
@pytest.mark.parametrize("kind", SAID)
def test_what_is_said_is_named_and_mended_when_damaged(
    run: Run, spoken: Library, kind: str, damage: str
) -> None:
    before = said_in(spoken)
    assert len(before) == 2 * FILMS
    path = newest(spoken.folder, kind)
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(DAMAGES[damage](path.read_bytes()))
    table = kind.split(maxsplit=1)[0]
    outcome = run("doctor", "--deep")
    assert outcome.status == 2
    assert f"table of {table}" in outcome.out + outcome.err
    Library.repair(spoken.folder, lambda _: None)
    again = Library.open(spoken.folder)
    assert look(spoken.folder) == []
    assert len(texts(again)) == 4 * FILMS, "descriptions are not touched"
    for number in range(FILMS):  # as the next index does
        say(again, f"film{number}", f"subject{number}x")
    assert said_in(again) == before
    assert again.search("said:subject1x")[0].said == "They speak of subject1x."
    said: list[str] = []
    Library.repair(spoken.folder, said.append)
    assert said == [], "once is enough"
    assert run("doctor", "--deep").status == 0


@pytest.mark.parametrize("table", ["sentences", "words"])
def test_a_table_of_what_is_said_that_is_gone_is_one_sentence(
    run: Run, spoken: Library, table: str
) -> None:
    shutil.rmtree(spoken.folder / f"{table}.lance")
    for command in (("list",), ("export",), ("search", "a dog", "-o", "-")):
        outcome = run(*command)
        assert outcome.status == 2
        assert f"lacks its table of {table}" in outcome.err
        assert one_sentence(outcome.err)
    assert run("doctor", "--repair").status == 0
    assert run("search", "a dog", "-o", "-").status == 0


def test_what_is_said_outlives_the_table_of_segments(spoken: Library) -> None:
    before = said_in(spoken)
    shutil.rmtree(spoken.folder / "segments.lance")
    Library.repair(spoken.folder, lambda _: None)
    again = Library.open(spoken.folder)
    assert again.manifest.segments == "segments_1"
    assert said_in(again) == before
    assert not (spoken.folder / "sentences.lance").exists()


def test_what_is_said_in_a_film_that_is_away_stays_known(spoken: Library, tmp_path: Path) -> None:
    """It cannot be listened to again, so what is left of it is called all of it."""
    before = said_in(spoken)
    (tmp_path / "2.mp4").unlink()
    shutil.rmtree(spoken.folder / "words.lance")
    Library.repair(spoken.folder, lambda _: None)
    again = Library.open(spoken.folder)
    with again.writing() as writer:
        record = writer.words("film2")
        assert record is not None
        assert (record.key, record.complete, record.heard_ms) == (SUBTITLES, True, 14_000)
        assert writer.words("film1") is None
    assert said_in(again) == before


@pytest.mark.parametrize("table", ["files", "sentences", "segments"])
def test_a_repair_that_was_interrupted_goes_on(
    spoken: Library, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    """What it had made anew is not taken for an older version of what was there."""
    before, said = texts(spoken), said_in(spoken)
    newest(spoken.folder, table).write_bytes(b"")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("search.integrity.repair.Repair.indexes", stop)
        with pytest.raises(KeyboardInterrupt):
            Library.repair(spoken.folder, lambda _: None)
    if table != "segments":  # which is dropped when nothing is left to do
        assert not [name for name in checksums.changed(spoken.folder) if name.startswith(table)]
    Library.repair(spoken.folder, lambda _: None)
    again = Library.open(spoken.folder)
    assert look(spoken.folder) == []
    for number in range(FILMS):
        add(again, spoken.folder.parent / f"{number}.mp4", f"film{number}", f"thing{number}x")
        say(again, f"film{number}", f"subject{number}x")
    assert (texts(again), said_in(again)) == (before, said)


def test_an_index_of_what_is_said_is_made_anew(run: Run, spoken: Library) -> None:
    paths = list((spoken.folder / "sentences.lance/_indices").rglob("*.lance"))
    assert paths
    for path in paths:
        path.write_bytes(b"")
    assert run("doctor").status == 2
    outcome = run("doctor", "--repair")
    assert outcome.status == 0
    assert "search index of sentences was damaged: it was made anew" in outcome.out
    found = Library.open(spoken.folder).search("said:subject1x")
    assert found[0].said == "They speak of subject1x."


def test_orphans_are_dropped(library: Library) -> None:
    with library.writing() as writer:
        writer.add([SegmentRow("nobody", 0, 9, "an orphan", "", "x", staged=False, extra="")])
    assert any("of no video" in finding.fact for finding in library.examine())
    said: list[str] = []
    Library.repair(library.folder, said.append)
    assert said == ["1 windows of no video were dropped"]
    assert not any("of no video" in f.fact for f in Library.open(library.folder).examine())


def test_an_opened_library_survives_another_process_reembed(
    library: Library, tmp_path: Path
) -> None:
    reader = Library.open(library.folder)
    assert reader.search("thing1x2")[0].text == "a dog and thing1x2"
    before = texts(reader)
    Library.open(library.folder).reembed("fake:32")
    assert reader.search("thing1x2")[0].text == "a dog and thing1x2"
    assert texts(reader) == before
    assert reader.embeddings(tmp_path / "1.mp4").shape[0] == 4
    assert len(reader.listing()) == FILMS
    Library.open(library.folder).reembed("fake:64")
    add(reader, tmp_path / "new.mp4", "new", "fresh")
    assert reader.search("fresh3")[0].text == "a dog and fresh3"


def test_a_locked_library_can_be_read(library: Library) -> None:
    with library.writing():
        other = Library.open(library.folder)
        assert other.search("thing1x2")
        with pytest.raises(LibraryError, match="Another scenelist"):
            other.forget([Path("/x")])


def test_a_mistake_of_ours_keeps_its_traceback(library: Library) -> None:
    with pytest.raises(ValueError, match="ours"), told(library.folder):
        raise ValueError("ours")


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_watching_goes_on_after_a_lock_and_a_reembed(tmp_path: Path) -> None:
    inbox, folder = tmp_path / "inbox", tmp_path / "library"
    inbox.mkdir()
    environment = {**os.environ, "SCENELIST_LIBRARY": str(folder)}
    library = Library.open(folder, create=True, embedder="fake:")
    command = [sys.executable, "-m", "cli", "index", str(inbox), *FAKE[:2], "--watch"]
    log = tmp_path / "err"

    def wait(happened: Callable[[], object]) -> None:
        deadline = time.monotonic() + 120
        while not happened():
            assert time.monotonic() < deadline, log.read_text()
            assert process.poll() is None, log.read_text()
            time.sleep(0.2)

    def windows() -> int:
        return sum(item.segments for item in Library.open(folder).listing())

    with log.open("w") as err, library.writing():
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=err
        )
        try:
            wait(lambda: "waiting until it is done" in log.read_text())
        except BaseException:
            process.kill()
            raise
    try:
        wait(lambda: "Watching" in log.read_text())
        time.sleep(0.5)
        Library.open(folder).reembed("fake:32")
        with library.writing():
            render(inbox / "new.mp4", steady(12))
            wait(lambda: log.read_text().count("waiting until it is done") == 2)
        wait(lambda: windows() == 2)
        process.send_signal(signal.SIGINT)
        process.wait(60)
    finally:
        process.kill()
        process.wait(60)
    assert "Traceback" not in log.read_text()
    assert "No longer watching" in log.read_text()


def test_replacing_is_not_lost_by_the_copy(library: Library) -> None:
    """The copy of library.json says what library.json says."""
    library.make_default(replace(RECIPE, prompt="What else?"), "fake:")
    there = (library.folder / "library.json").read_text()
    assert manifest.copy_path(library.folder).read_text() == there


@pytest.mark.parametrize(
    ("name", "kind"), [("RustPanic", Exception), ("PanicException", BaseException)]
)
def test_a_panic_over_a_damaged_file_is_a_sentence_too(
    library: Library, name: str, kind: type[BaseException]
) -> None:
    """LanceDB's bindings raise one of these where its own code fails, by the way it was called."""
    newest(library.folder, "files").write_bytes(b"")
    with pytest.raises(LibraryError, match="damaged in its table of files"), told(library.folder):
        raise type(name, (kind,), {})("rust future panicked: unknown error")
