"""Export and import: everything that was known comes along, and an odd line costs only itself."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.segments import Segment
from indexer.video import Video
from indexer.windows import Window, tile
from search import Library
from search.exchange.descriptions import from_lines, to_line
from tests.command import Run
from tests.doubles import RECIPE

RECORDED_MS = 1_246_442_400_123
SPAN = Window(400, 40_000)
VIDEO = Video(
    Path("/films/a b.mp4"), "f1", 77, 1_246_442_400_000_000_001, 40_500, SPAN, 640, 360,
    "it breaks off at 40.0 s of 90.0 s", RECORDED_MS,
)  # fmt: skip
GOOD = {"video": "/x/a.mp4", "duration": 9, "start": 0, "end": 9, "text": "a dog"}


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library.open(tmp_path / "one", create=True, embedder="fake:")
    with library.writing() as writer:
        writer.begin(VIDEO, RECIPE)
        windows = tile(SPAN, 10_000)
        writer.put(VIDEO, RECIPE, [Segment(w, f"dog {i}", "hi") for i, w in enumerate(windows)])
        writer.finish(VIDEO, RECIPE)
    return library


@pytest.fixture
def other(tmp_path: Path) -> Library:
    return Library.open(tmp_path / "other", create=True, embedder="fake:")


def test_everything_known_comes_along(library: Library, other: Library, tmp_path: Path) -> None:
    lines = [to_line(description) for description in library.export()]
    facts = json.loads(lines[0])
    assert facts["recorded"] == "2009-07-01T10:00:00.123+00:00"
    assert facts["modified_ns"] == 1_246_442_400_000_000_001
    assert (facts["size_bytes"], facts["span"]) == (77, [0.4, 40.0])
    assert (facts["model"], facts["prompt"]) == (RECIPE.model, RECIPE.prompt)
    assert facts["recipe"]["window_ms"] == 10_000
    assert other.take_in(from_lines(lines, tmp_path)) == 4
    (item,) = other.listing()
    assert item.video == VIDEO
    assert item.recipe == RECIPE
    assert item.state == "imported"
    assert sorted(to_line(description) for description in other.export()) == sorted(lines)


def test_an_imported_video_passes_dates_like_any_other(
    library: Library, other: Library, tmp_path: Path
) -> None:
    other.take_in(from_lines(map(to_line, library.export()), tmp_path))
    assert other.search("dog after:2009-06 before:2009-08")
    assert not other.search("dog after:2010")
    film = tmp_path / "here.mp4"
    film.write_bytes(b"x")
    other.take_in(from_lines([json.dumps({**GOOD, "video": str(film), "text": "cow"})], tmp_path))
    assert other.search("cow after:2015"), "its file is here and has a date"


def test_what_is_imported_whole_is_not_described_again(
    library: Library, other: Library, tmp_path: Path
) -> None:
    lines = [to_line(description) for description in library.export()]
    other.take_in(from_lines(lines, tmp_path))
    with other.writing() as writer:
        assert writer.complete("f1") == RECIPE.key
    part = Library.open(tmp_path / "part", create=True, embedder="fake:")
    part.take_in(from_lines(lines[:3], tmp_path))
    with part.writing() as writer:
        assert writer.complete("f1") == ""
        assert len(writer.begin(VIDEO, RECIPE)) == 3


def test_the_doctor_does_not_ask_for_files_of_others(other: Library, tmp_path: Path) -> None:
    other.take_in(from_lines([json.dumps(GOOD)], tmp_path))
    assert [f.fact for f in other.examine() if "index" in f.remedy] == []


@pytest.mark.parametrize(
    "field",
    [
        {"model": "gpt"},
        {"recipe": "soup"},
        {"model": 7, "prompt": "x", "recipe": {}},
        {"recorded": "yesterday"},
        {"recorded": "2009-07-01T10:00:00"},
        {"size_bytes": "big"},
        {"size_bytes": True},
        {"width": -4},
        {"span": [3]},
        {"span": [5, 5]},
        {"span": ["a", "b"]},
        {"fingerprint": "no such\u0001"},
        {"note": ["x"]},
        {"modified_ns": 2**70},
    ],
)
def test_fields_of_another_kind_are_somebody_elses(
    other: Library, tmp_path: Path, field: dict[str, object]
) -> None:
    other.take_in(from_lines([json.dumps({**GOOD, **field})], tmp_path))
    (out,) = other.export()
    assert json.loads(to_line(out)) == {**GOOD, **field}
    assert out.about == replace(out.about, recipe=None, windows=0)


ODD = {
    "endless": {"start": 0, "end": 1e16},
    "endless video": {"duration": 1e16},
    "infinite": {"end": 1e999},
    "no number": {"end": float("nan")},
    "a NUL in a name": {"video": "a\0b.mp4"},
    "half a character in a name": {"video": "a\ud800.mp4"},
    "an escaped byte in a name": {"video": "a\udc80.mp4"},
    "half a character in the text": {"text": "\udfff"},
    "half a character elsewhere": {"by": ["\ud800"]},
    "no name": {"video": ""},
    "a huge number": {"end": 10**400},
    "backwards": {"start": 9, "end": 3},
    "no text": {"text": None},
}


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_line_is_named_and_the_others_go_in(run: Run, odd: str) -> None:
    other = {**GOOD, "start": 9, "end": 18, "duration": 18, "text": "a cat"}
    lines = [GOOD, {**GOOD, **ODD[odd]}, other]
    Path("in.jsonl").write_text("\n".join(map(json.dumps, lines)))
    outcome = run("import", "in.jsonl", "--embedder", "fake:")
    assert outcome.status == 3
    assert outcome.out == "Imported 2 lines.\n"
    assert outcome.err.startswith("Line 2 is wrong (")
    assert outcome.err.count("\n") == 1
    assert len(run("export").out.splitlines()) == 2


def test_nesting_and_bytes_that_are_no_text_cost_a_line(run: Run) -> None:
    good = json.dumps(GOOD).encode()
    Path("in.jsonl").write_bytes(b"\n".join([b"[" * 100_000, good, b'{"video": "\xff"}']))
    outcome = run("import", "in.jsonl", "--embedder", "fake:")
    assert (outcome.status, outcome.out) == (3, "Imported 1 line.\n")
    assert [line[:6] for line in outcome.err.splitlines()] == ["Line 1", "Line 3"]


def test_nothing_but_wrong_lines_is_an_error(run: Run) -> None:
    Path("in.jsonl").write_text("nonsense\n" * 30)
    outcome = run("import", "in.jsonl", "--embedder", "fake:")
    assert outcome.status == 2
    assert len(outcome.err.splitlines()) == 21
    assert "10 more lines are wrong" in outcome.err
