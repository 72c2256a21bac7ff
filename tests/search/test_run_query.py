"""Questions and their answers: words, phrases, filters, likes, nots, order, options."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from indexer.errors import RequestError
from indexer.segments import Segment
from indexer.video import Video
from indexer.windows import Window
from search import Library
from search.query.filters.path import path_matches
from search.query.filters.registry import filters_of
from search.query.options import SearchOptions
from search.query.parser import Like
from tests.doubles import RECIPE

NOON = datetime(2024, 5, 31, 12, 0).timestamp()
ALL = SearchOptions(min_confidence=0)


def film(name: str, seconds: int = 60, made: float = NOON) -> Video:
    span = Window(0, seconds * 1000)
    return Video(Path(name), name, 1, int(made * 1e9), span.end_ms, span, 640, 360)


def put(library: Library, video: Video, *said: str | tuple[str, str]) -> None:
    segments = []
    for i, words in enumerate(said):
        text, transcript = words if isinstance(words, tuple) else (words, "")
        segments.append(Segment(Window(i * 10_000, (i + 1) * 10_000), text, transcript))
    with library.writing() as writer:
        writer.begin(video, RECIPE)
        writer.put(video, RECIPE, segments)
        writer.finish(video, RECIPE)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library.open(tmp_path / "library", create=True, embedder="fake:")
    put(library, film("/v/one/park.mp4"), "a man opens a door", "rain", "a dog runs out", "trees")
    put(
        library, film("/v/two/night.mkv", 600), "a dog runs out at night", "x", "a man opens a door"
    )
    put(
        library,
        film("/v/two/screen.mp4", 30, NOON - 86_400 * 300),
        ("a screen", "Error 404, sorry"),
    )
    return library


def found(library: Library, query: str, options: SearchOptions = ALL) -> list[str]:
    return [moment.video.path.name for moment in library.search(query, 10, options)]


def test_words_are_found_also_where_the_embedding_is_far(library: Library) -> None:
    assert found(library, "zyx sorry")[0] == "screen.mp4"


@pytest.mark.parametrize("query", ["a dog runs out", "a man opens a door", "rain"])
def test_each_moment_comes_with_its_own_words(library: Library, query: str) -> None:
    moments = library.search(query, 10, replace(ALL, longest_ms=10_000))
    assert len(moments) > 1
    for moment in moments:
        (said,) = (
            segment
            for segment in library.segments(moment.video.path)
            if segment.window.start_ms == moment.start_ms
        )
        assert (moment.text, moment.transcript) == (said.text, said.transcript)


def test_rows_written_after_the_index_are_found_by_their_words(library: Library) -> None:
    put(library, film("/v/new.mp4"), "a zeppelin")
    assert found(library, '"zeppelin"') == ["new.mp4"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ('"error 404"', ["screen.mp4"]),
        ('"404 error"', []),
        ('"runs out" dog', ["park.mp4", "night.mkv"]),
        ('"at"', ["night.mkv"]),
        ('"dog run"', []),
        ('"it\'s"', []),
    ],
)
def test_quoted_phrases_must_appear(library: Library, query: str, names: list[str]) -> None:
    assert sorted(found(library, query)) == sorted(names)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("dog in:one", {"park.mp4"}),
        ("dog in:*.mkv", {"night.mkv"}),
        ("dog not-in:two", {"park.mp4"}),
        ("dog min-length:5m", {"night.mkv"}),
        ("screen max-length:40s", {"screen.mp4"}),
        ("dog after:2024-06", set()),
        ("screen before:2024", {"screen.mp4"}),
        ("dog after:13:00 before:11:00", set()),
        ("dog after:11:00 before:13:00 in:one", {"park.mp4"}),
        ("dog after:11:30 before:02:00 in:one", {"park.mp4"}),
    ],
)
def test_filters(library: Library, query: str, names: set[str]) -> None:
    assert set(found(library, query)) == names


def test_flags_add_to_the_query(library: Library) -> None:
    options = SearchOptions(filters_of({"not-in": ["*.mkv"]}), min_confidence=0)
    assert "night.mkv" not in found(library, "a dog runs out", options)


def test_an_unwanted_text_pushes_away(library: Library) -> None:
    assert found(library, "a dog runs out at night")[0] == "night.mkv"
    assert found(library, "a dog runs out not:night")[0] == "park.mp4"


def test_likes_of_a_moment_without_itself(library: Library) -> None:
    options = SearchOptions(likes=(Like("/v/one/park.mp4", 25_000),), min_confidence=0)
    first = library.search("", 10, options)[0]
    assert (first.video.path.name, first.start_ms) == ("night.mkv", 0)
    assert library.search("like:park.mp4@25s", 10, ALL)[0].start_ms == 0


@pytest.mark.parametrize("query", ["like:nothing.mp4@1s", "like:park.mp4@9m"])
def test_likes_of_nothing_are_refused(library: Library, query: str) -> None:
    with pytest.raises(RequestError):
        library.search(query)


@pytest.mark.parametrize("query", ["not:dog", "not:dog in:one", ";"])
def test_a_question_must_ask_for_something(library: Library, query: str) -> None:
    with pytest.raises(RequestError, match="empty"):
        library.search(query)


def test_order_finds_the_video_in_which_it_happens_so(library: Library) -> None:
    moments = library.search('"a man opens a door" then "a dog runs out" within 30s', 10, ALL)
    assert [m.video.path.name for m in moments] == ["park.mp4"]
    assert (moments[0].start_ms, moments[0].end_ms) == (0, 30_000)
    assert library.search('"a man opens a door" then "a dog runs out" within 5s', 10, ALL) == []


def test_one_moment_a_video(library: Library) -> None:
    put(library, film("/v/twice.mp4"), "a dog", "x", "a dog")
    both = [m.start_ms for m in library.search("a dog in:twice.mp4", 10, ALL)]
    one = library.search("a dog in:twice.mp4", 10, SearchOptions(per_video=1, min_confidence=0))
    assert {0, 20_000} <= set(both)
    assert len(one) == 1


def test_other_videos_come_before_a_second_moment(library: Library) -> None:
    put(library, film("/v/twice.mp4"), "a dog runs out", "x", "a dog runs out")
    names = found(library, "a dog runs out")
    assert len(set(names[:3])) == 3


def test_sorting_by_video_and_time(library: Library) -> None:
    paths = [
        m.video.path for m in library.search("a", 10, SearchOptions(sort="video", min_confidence=0))
    ]
    assert paths == sorted(paths)
    times = [
        m.video.mtime_ns
        for m in library.search("a screen", 10, SearchOptions(sort="time", min_confidence=0))
    ]
    assert times == sorted(times)


def test_time_is_when_a_video_was_recorded_where_that_is_known(library: Library) -> None:
    put(library, replace(film("/v/old.mp4"), recorded_ms=1), "a screen")
    options = SearchOptions(sort="time", min_confidence=0)
    assert found(library, "a screen", options)[0] == "old.mp4"


def test_the_longest_moment_is_an_option(library: Library) -> None:
    put(library, film("/v/still.mp4", 300), *["a fire burns"] * 30)
    for longest_ms in (10_000, 60_000):
        options = SearchOptions(min_confidence=0, longest_ms=longest_ms)
        first = library.search("a fire burns", 1, options)[0]
        assert first.end_ms - first.start_ms == longest_ms


def test_context_brings_the_neighbours(library: Library) -> None:
    (moment,) = library.search("rain in:one", 1, SearchOptions(context=1, min_confidence=0))
    assert (moment.text, moment.before, moment.after) == (
        "rain",
        ("a man opens a door",),
        ("a dog runs out",),
    )


def test_nothing_matches_nonsense(library: Library) -> None:
    assert library.search("qwzx vbnm") == []


@pytest.mark.parametrize("query", ["a dog", "a screen", "rain", "a red dog on a beach"])
def test_what_is_surer_stands_higher(library: Library, query: str) -> None:
    sure = [moment.confidence for moment in library.search(query, 10, ALL)]
    assert len(sure) > 1
    assert sure == sorted(sure, reverse=True)
    assert sure[:2] == [m.confidence for m in library.search(query, 2, ALL)], "whatever the limit"


def test_confidence_bounds_what_is_shown(library: Library) -> None:
    sure = library.search("a dog runs out", 10, SearchOptions(min_confidence=0.6))
    assert sure and all(m.confidence >= 0.6 and m.certainty == "strong" for m in sure)
    assert library.search("a dog runs out", 10, SearchOptions(min_confidence=1)) == []


def test_a_copy_in_the_folder_asked_for_is_the_one_shown(library: Library) -> None:
    with library.writing() as writer:
        writer.link(Path("/v/copies/park.mp4"), "/v/one/park.mp4", 1, 2)
    (moment, *_) = library.search("a dog runs out in:copies", 10, ALL)
    assert moment.video.path == Path("/v/copies/park.mp4")


@pytest.mark.parametrize(
    ("path", "glob", "matches"),
    [
        ("/a/B/c.mp4", "b", True),
        ("/a/B/c.mp4", "b/", True),
        ("/a/B/c.mp4", "/a/b/*", True),
        ("/a/bb/c.mp4", "b", False),
        ("/a/Bäd/c.mp4", "bad", True),
        ("/a/Ba\u0308d/c.mp4", "bäd", True),
        ("/a/b/c.mp4", "c.*", True),
        ("/a/b/c.mp4", "*.mkv", False),
    ],
)
def test_globs(path: str, glob: str, matches: bool) -> None:
    assert path_matches(path, glob) is matches


def test_with_a_vector_index_new_rows_are_found_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.store.indexes.ROWS_WORTH_AN_INDEX", 300)
    library = Library.open(tmp_path / "library", create=True, embedder="fake:")
    words = np.random.default_rng(0).integers(0, 10**6, (400, 3))
    put(library, film("/v/many.mp4", 4_000), *(f"a{a} b{b} c{c}" for a, b, c in words))
    assert any(p.name for p in (library.folder / "segments.lance/_indices").iterdir())
    put(library, film("/v/new.mp4"), "a zeppelin lands")
    assert found(library, "zeppelin lands")[0] == "new.mp4"
    assert found(library, f"a{words[7][0]} b{words[7][1]}")[0] == "many.mp4"


def test_leaving_out_a_few_videos_leaves_the_best_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where what is left out would have been found first, and fills all that is looked up."""
    monkeypatch.setattr("search.store.indexes.ROWS_WORTH_AN_INDEX", 300)
    library = Library.open(tmp_path / "library", create=True, embedder="fake:")
    put(library, film("/v/many.mp4", 4_000), *(f"a dog x{i}" for i in range(400)))
    for name in ("one", "two", "three"):
        put(library, film(f"/v/{name}.mp4"), f"a dog among {name} others")
    snapshot = library._store.snapshot()
    names = [f"/v/{name}.mp4" for name in ("one", "two", "three", "many")]
    few, many = snapshot.scope(names[:3], names[3:]), snapshot.scope(names[:1], names[1:])
    assert few.less == ("/v/many.mp4",)
    assert not many.less
    assert snapshot.near(library.embed(["a dog"])[0], few, 3).num_rows == 3
    (worded,) = (part for part in snapshot.with_words("dog", few, 3) if part.num_rows)
    assert set(worded["fingerprint"].to_pylist()) == set(names[:3])
    left = found(library, "a dog not-in:many.mp4")
    assert sorted(left) == ["one.mp4", "three.mp4", "two.mp4"]


def test_an_option_out_of_range_is_refused() -> None:
    for wrong in ({"per_video": 0}, {"context": -1}, {"min_confidence": 1.5}):
        with pytest.raises(RequestError):
            SearchOptions(**wrong)  # type: ignore[arg-type]  # values of mixed types, on purpose


def test_a_name_that_several_have_is_no_place_to_look_for_the_like_of(tmp_path: Path) -> None:
    library = Library.open(tmp_path / "library", create=True, embedder="fake:")
    for folder in ("lake", "rome"):
        put(library, film(f"/v/{folder}/GOPR0013.MP4"), f"a dog in {folder}")
    with pytest.raises(RequestError, match=r"2 videos are called GOPR0013\.MP4: /v/.*name one"):
        library.search("like:GOPR0013.MP4@2s")
    assert library.search("like:lake/GOPR0013.MP4@2s", 10, ALL)
