"""The library: what was put in is found, survives, and is refused to whom it does not suit."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.errors import LibraryError, RequestError
from indexer.recipe import Recipe
from indexer.segments import Segment
from indexer.video import Video
from indexer.windows import Window, tile
from search import Library
from search.exchange.descriptions import from_lines, to_line
from search.store.manifest import SCHEMA
from tests.doubles import RECIPE


def new(folder: Path) -> Library:
    return Library.open(folder / "library", create=True, embedder="fake:")


def video(path: Path, fingerprint: str, seconds: int = 40) -> Video:
    span = Window(0, seconds * 1_000)
    return Video(path, fingerprint, 1, 2, span.end_ms, span, 640, 360)


def describe(
    library: Library, known: Video, texts: list[str], recipe: Recipe = RECIPE, finish: bool = True
) -> None:
    windows = tile(known.span, 10_000)
    with library.writing() as writer:
        writer.begin(known, recipe)
        pairs = zip(windows, texts, strict=False)
        writer.put(known, recipe, [Segment(window, text) for window, text in pairs])
        if finish:
            writer.finish(known, recipe)


def texts(library: Library, query: str) -> list[str]:
    return [moment.text for moment in library.search(query)]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"x")
    return path


def test_a_moment_is_found_with_its_video_and_times(tmp_path: Path, film: Path) -> None:
    library = new(tmp_path)
    describe(library, video(film, "a"), ["cars", "a dog runs", "a dog runs away", "rain"])
    first = Library.open(tmp_path / "library").search("dog runs", limit=10)[0]
    assert (first.video.path, first.start_ms, first.end_ms) == (film, 10_000, 30_000)
    assert first.text == "a dog runs"
    assert first.score > 0.7


def test_limit_bounds_the_moments(tmp_path: Path, film: Path) -> None:
    library = new(tmp_path)
    describe(library, video(film, "a"), ["dog", "x", "dog", "y"])
    assert len(library.search("dog", limit=1)) == 1


@pytest.mark.parametrize("query", ["", "  ", "\n"])
def test_an_empty_question_is_refused(tmp_path: Path, query: str) -> None:
    with pytest.raises(RequestError, match="empty"):
        new(tmp_path).search(query)


def test_an_empty_library_says_so(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="empty"):
        new(tmp_path).search("anything")


def test_no_library_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="scenelist index"):
        Library.open(tmp_path)


def test_a_newer_library_is_refused_and_left_alone(tmp_path: Path) -> None:
    folder = new(tmp_path).folder
    path = folder / "library.json"
    facts = json.loads(path.read_text())
    path.write_text(json.dumps({**facts, "schema": SCHEMA + 1, "novelty": True}))
    before = path.read_bytes()
    with pytest.raises(LibraryError, match="newer"):
        Library.open(folder, create=True)
    assert path.read_bytes() == before


def test_another_embedder_is_refused(tmp_path: Path) -> None:
    folder = new(tmp_path).folder
    path = folder / "library.json"
    facts = json.loads(path.read_text())
    facts["embedder"]["revision"] = "2"
    path.write_text(json.dumps(facts))
    with pytest.raises(LibraryError, match="embedder"):
        Library.open(folder, embedder="fake:")


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX permissions")
def test_the_folder_is_the_users_own(tmp_path: Path) -> None:
    assert new(tmp_path).folder.stat().st_mode & 0o077 == 0


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    library = new(tmp_path)
    with (
        library.writing(),
        pytest.raises(LibraryError, match="Another scenelist"),
        Library.open(library.folder).writing(),
    ):
        pass


def test_a_reader_sees_what_is_written_after_it_opened(tmp_path: Path, film: Path) -> None:
    library = new(tmp_path)
    reader = Library.open(library.folder)
    describe(library, video(film, "a"), ["a dog"], finish=False)
    assert texts(reader, "dog") == ["a dog"]


def test_old_descriptions_stay_until_new_ones_are_whole(tmp_path: Path, film: Path) -> None:
    library = new(tmp_path)
    other = replace(RECIPE, model="bigger")
    describe(library, video(film, "a"), ["old dog", "old cat", "old cow", "old pig"])
    describe(library, video(film, "a"), ["new dog", "new cat"], other, finish=False)
    assert "old dog" in texts(library, "dog")
    assert "new dog" not in texts(library, "dog")
    describe(library, video(film, "a"), ["new dog", "new cat", "new cow", "new pig"], other)
    assert [s.text for s in library.segments(film)] == ["new dog", "new cat", "new cow", "new pig"]


def test_a_changed_file_loses_its_old_descriptions(tmp_path: Path, film: Path) -> None:
    library = new(tmp_path)
    describe(library, video(film, "a"), ["a dog"])
    describe(library, video(film, "b"), ["a cat"])
    assert texts(library, "dog cat") == ["a cat"]


def test_a_copy_is_listed_twice_and_found_once(tmp_path: Path, film: Path) -> None:
    library = new(tmp_path)
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(b"x")
    describe(library, video(film, "a"), ["a dog"])
    with library.writing() as writer:
        writer.link(copy, "a", 1, 2)
    assert [item.video.path for item in library.listing()] == [copy, film]
    assert len(library.search("dog")) == 1
    copy.unlink()
    assert library.search("dog")[0].video.path == film, "the copy that is still there"


def test_a_moved_file_is_listed_where_it_is_now(tmp_path: Path, film: Path) -> None:
    library = new(tmp_path)
    describe(library, video(film, "a"), ["a dog"])
    moved = film.rename(tmp_path / "moved.mp4")
    with library.writing() as writer:
        writer.link(moved, "a", 1, 2)
    assert [item.video.path for item in library.listing()] == [moved]
    assert library.search("dog")[0].video.path == moved


def test_a_folder_that_moved_keeps_its_descriptions(tmp_path: Path) -> None:
    library = new(tmp_path)
    names = ["old/a.mp4", "old/deep/b #%.mp4", "older/c.mp4"]
    for number, name in enumerate(names):
        describe(library, video(tmp_path / name, str(number)), [f"dog {number}"])
    moved = library.relocate(tmp_path / "old", tmp_path / "new")
    assert moved == [tmp_path / "new/a.mp4", tmp_path / "new/deep/b #%.mp4"]
    listed = [str(item.video.path.relative_to(tmp_path)) for item in library.listing()]
    assert listed == ["new/a.mp4", "new/deep/b #%.mp4", "older/c.mp4"]
    assert len(library.search("dog")) == 3
    assert library.relocate(tmp_path / "new/a.mp4", tmp_path / "z.mp4") == [tmp_path / "z.mp4"]
    assert library.relocate(tmp_path / "nowhere", tmp_path) == []


def test_a_failing_disk_costs_no_descriptions(tmp_path: Path, film: Path) -> None:
    library = new(tmp_path)
    describe(library, video(film, "a"), ["a dog"])
    with library.writing() as writer:
        writer.fail(film, "", 1, 2, "it cannot be read (Input/output error)")
    assert texts(library, "dog") == ["a dog"]
    assert library.listing()[0].state == "failed"
    with library.writing() as writer:
        writer.fail(film, "", 9, 9, "it is damaged")
    assert library.listing()[0].segments == 0, "the file is another one now"


def test_another_embedder_embeds_anew_and_describes_nothing(tmp_path: Path, film: Path) -> None:
    library = new(tmp_path)
    other = replace(RECIPE, model="bigger")
    describe(library, video(film, "a"), ["a dog", "a cat", "rain", "snow"])
    describe(library, video(film, "a"), ["staged dog"], other, finish=False)
    before = [s.text for s in library.segments(film)]
    heard: list[tuple[int, int]] = []
    assert library.reembed("fake:32", lambda done, total: heard.append((done, total))) == 5
    assert heard[-1][0] == 5
    for again in (library, Library.open(library.folder)):
        assert again.manifest.embedder is not None
        assert again.manifest.embedder.name == "fake:32"
        assert [s.text for s in again.segments(film)] == before
        assert texts(again, "cat") == ["a cat"]
        assert again.embeddings(film).shape == (4, again.manifest.embedder.dimensions)
    with library.writing() as writer:
        assert len(writer.begin(video(film, "a"), other)) == 1, "staged ones come along"
    assert not list(library.folder.glob("segments.lance")), "the old vectors are gone"


def test_embedding_anew_can_be_interrupted(tmp_path: Path, film: Path) -> None:
    library = new(tmp_path)
    describe(library, video(film, "a"), ["a dog", "a cat"])

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.reembed("fake:32", stop)
    again = Library.open(library.folder)
    assert texts(again, "cat") == ["a cat"]
    assert again.reembed("fake:32") == 2
    assert texts(again, "cat") == ["a cat"]


def test_a_library_of_the_first_version_is_brought_up(tmp_path: Path, film: Path) -> None:
    import lancedb

    library = new(tmp_path)
    describe(library, video(film, "a"), ["a dog"])
    lancedb.connect(str(library.folder)).open_table("videos").drop_columns(["recorded_ms"])
    path = library.folder / "library.json"
    facts = json.loads(path.read_text())
    del facts["segments"]
    path.write_text(json.dumps({**facts, "schema": 1}))
    for _ in range(2):
        again = Library.open(library.folder)
        assert texts(again, "dog") == ["a dog"]
        assert again.listing()[0].video.recorded_ms == 0
        assert json.loads(path.read_text())["schema"] == SCHEMA
    describe(again, replace(video(film, "a"), recorded_ms=5), ["a dog"])
    assert again.listing()[0].video.recorded_ms == 5


def test_footage_that_says_the_same_thousands_of_times_is_indexed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve different sentences cannot fill as many cells as the rows would call for."""
    monkeypatch.setattr("search.store.indexes.ROWS_WORTH_AN_INDEX", 5_000)
    library = new(tmp_path)
    span = Window(0, 6_000 * 1_000)
    known = Video(Path("/v/still.mp4"), "a", 1, 2, span.end_ms, span, 64, 48)
    with library.writing() as writer:
        writer.begin(known, RECIPE)
        words = [f"a picture of thing number{i} and dog{i}" for i in range(12)]
        windows = tile(span, 1_000)
        segments = [Segment(w, words[i * i % 12]) for i, w in enumerate(windows)]
        writer.put(known, RECIPE, segments)
        writer.finish(known, RECIPE)
    assert "number4" in library.search("number4 dog4")[0].text


def test_forgetting_a_folder_takes_all_in_it(tmp_path: Path) -> None:
    library = new(tmp_path)
    inside, beside = Path("/v/in/a.mp4"), Path("/v/inside.mp4")
    describe(library, video(inside, "a"), ["a dog"])
    describe(library, video(beside, "b"), ["a cat"])
    assert library.forget([Path("/v/in")]) == [inside]
    assert texts(library, "dog cat") == ["a cat"]
    assert [item.video.path for item in library.listing()] == [beside]


def test_states_are_told_apart(tmp_path: Path, film: Path) -> None:
    library = new(tmp_path)
    describe(library, video(film, "a"), ["a", "b", "c", "d"])
    describe(library, video(tmp_path / "gone.mp4", "b"), ["e"])
    half = tmp_path / "half.mp4"
    half.write_bytes(b"x")
    describe(library, video(half, "c"), ["f"], finish=False)
    with library.writing() as writer:
        writer.fail(tmp_path / "bad.mp4", "", 0, 0, "it is empty")
    states = {item.video.path.name: item.state for item in library.listing()}
    assert states == {
        "film.mp4": "described",
        "gone.mp4": "missing",
        "half.mp4": "partly described",
        "bad.mp4": "failed",
    }


def test_many_small_commits_leave_a_small_store(tmp_path: Path) -> None:
    library = new(tmp_path)
    with library.writing() as writer:
        for number in range(60):
            known = video(Path(f"/v/{number}.mp4"), str(number), 10)
            writer.begin(known, RECIPE)
            writer.put(known, RECIPE, [Segment(Window(0, 10_000), f"dog {number}")])
            writer.finish(known, RECIPE)
    fragments = [p for p in library.folder.rglob("*.lance") if p.is_file()]
    assert len(fragments) < 400
    assert len(library.listing()) == 60


def test_what_is_exported_can_be_imported_elsewhere(tmp_path: Path, film: Path) -> None:
    library = new(tmp_path / "one")
    describe(library, video(film, "a"), ["a dog", 'a "cat"\n日本', "", "x"])
    lines = [to_line(description) for description in library.export()]
    assert json.loads(lines[0]).keys() >= {"video", "duration", "start", "end", "text"}
    other = new(tmp_path / "two")
    assert other.take_in(from_lines(lines, tmp_path)) == 4
    assert other.take_in(from_lines(lines, tmp_path)) == 0, "twice the same is once"
    assert sorted(map(to_line, other.export())) == sorted(lines)
    assert other.search("dog")[0].video.path == film


def test_fields_of_others_pass_through(tmp_path: Path) -> None:
    line = {"video": "x/y.mp4", "duration": 9.5, "start": 0, "end": 9.5, "text": "a dog", "by": 7}
    library = new(tmp_path)
    library.take_in(from_lines([json.dumps(line), "", "  "], tmp_path))
    (out,) = library.export()
    assert json.loads(to_line(out)) == {**line, "video": str(tmp_path / "x/y.mp4")}
    (item,) = library.listing()
    assert (item.state, item.segments) == ("imported", 1)


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "[]",
        '{"video": "a.mp4", "start": 0, "end": 1}',
        '{"video": "a.mp4", "start": 2, "end": 1, "text": "x"}',
        '{"video": "a.mp4", "start": -2, "end": 1, "text": "x"}',
        '{"video": 5, "start": 0, "end": 1, "text": "x"}',
        '{"video": "a.mp4", "start": 0, "end": 1e999, "text": "x"}',
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str) -> None:
    good = '{"video": "a.mp4", "duration": 1, "start": 0, "end": 1, "text": "x"}'
    with pytest.raises(RequestError, match="Line 2"):
        list(from_lines([good, line], tmp_path))


def test_a_library_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LibraryError, match="No library can be made"):
        Library.open(tmp_path / "file" / "library", create=True, embedder="fake:")
