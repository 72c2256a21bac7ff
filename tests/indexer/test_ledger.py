"""One contract for whoever keeps the indexer's books: the library's writer, and the tests' own."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.ledger import Ledger
from indexer.segments import Segment
from indexer.video import Video
from indexer.windows import Window, tile
from search.library import Library
from tests.doubles import RECIPE, MemoryLedger

SPAN = Window(0, 35_000)
WINDOWS = tile(SPAN, 10_000)
VIDEO = Video(Path("/videos/it's a [test] 日本.mp4"), "f1", 10, 20, 35_000, SPAN, 64, 48)


@pytest.fixture(params=["library", "memory"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "memory":
        yield MemoryLedger()
        return
    with Library.open(tmp_path / "library", create=True, embedder="fake:").writing() as writer:
        yield writer


def segments(*windows: Window) -> list[Segment]:
    return [Segment(window, f"words at {window.start_ms}") for window in windows]


def test_nothing_is_known_at_first(ledger: Ledger) -> None:
    assert ledger.file(VIDEO.path) is None
    assert ledger.complete("f1") == ""


def test_windows_put_are_windows_done(ledger: Ledger) -> None:
    assert ledger.begin(VIDEO, RECIPE) == frozenset()
    ledger.put(VIDEO, RECIPE, segments(*WINDOWS[:2]))
    assert ledger.begin(VIDEO, RECIPE) == frozenset(WINDOWS[:2])
    assert ledger.complete("f1") == ""
    record = ledger.file(VIDEO.path)
    assert record is not None
    assert (record.fingerprint, record.size_bytes, record.mtime_ns) == ("f1", 10, 20)
    assert record.recipe_key == ""


def test_a_finished_video_is_complete(ledger: Ledger) -> None:
    ledger.begin(VIDEO, RECIPE)
    ledger.put(VIDEO, RECIPE, segments(*WINDOWS))
    ledger.finish(VIDEO, RECIPE)
    assert ledger.complete("f1") == RECIPE.key
    record = ledger.file(VIDEO.path)
    assert record is not None
    assert record.recipe_key == RECIPE.key


def test_another_recipe_starts_anew(ledger: Ledger) -> None:
    ledger.begin(VIDEO, RECIPE)
    ledger.put(VIDEO, RECIPE, segments(*WINDOWS))
    ledger.finish(VIDEO, RECIPE)
    other = replace(RECIPE, prompt="What else?")
    assert ledger.begin(VIDEO, other) == frozenset()
    assert ledger.complete("f1") == RECIPE.key, "until the other is complete"


def test_a_copy_is_linked(ledger: Ledger) -> None:
    ledger.begin(VIDEO, RECIPE)
    ledger.put(VIDEO, RECIPE, segments(*WINDOWS))
    ledger.finish(VIDEO, RECIPE)
    copy = Path("/videos/copy.mp4")
    ledger.link(copy, "f1", 10, 99)
    record = ledger.file(copy)
    assert record is not None
    assert (record.recipe_key, record.mtime_ns) == (RECIPE.key, 99)


def test_a_failure_is_remembered_until_the_file_is_read(ledger: Ledger) -> None:
    ledger.fail(VIDEO.path, "", 10, 20, "it is damaged")
    record = ledger.file(VIDEO.path)
    assert record is not None
    assert record.error == "it is damaged"
    ledger.begin(VIDEO, RECIPE)
    record = ledger.file(VIDEO.path)
    assert record is not None
    assert record.error == ""
