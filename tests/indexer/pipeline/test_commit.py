"""What was described is kept in order beside the model; what goes wrong there is raised."""

from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from indexer.errors import LibraryError
from indexer.pipeline.commit import Keeper, Parcel
from indexer.pipeline.job import SharedLedger
from indexer.pipeline.progress import Finished
from indexer.pipeline.timings import KEEPING, NOT_KEPT, Stages
from indexer.recipe import Recipe
from indexer.segments import Segment
from indexer.video import Video
from indexer.windows import Window
from tests.doubles import RECIPE, MemoryLedger

A = Video(Path("a.mp4"), "a", 1, 1, 100_000, Window(0, 100_000), 64, 48)
B = replace(A, path=Path("b.mp4"), fingerprint="b")


def segment(number: int) -> Segment:
    return Segment(Window(10_000 * number, 10_000 * (number + 1)), f"At {number}.")


def test_parcels_are_kept_in_order_each_video_at_once() -> None:
    ledger, stages = MemoryLedger(), Stages()
    with Keeper(SharedLedger(ledger), RECIPE, stages) as keeper:
        keeper.give(Parcel([(A, segment(0)), (B, segment(0)), (A, segment(1))], []))
        keeper.give(Parcel([(B, segment(1))], [A, B]))
    assert ledger.log == [
        *("put a.mp4 2", "put b.mp4 1", "put b.mp4 1"),
        *("finish a.mp4", "finish b.mp4"),
    ]
    assert list(keeper.finished()) == [Finished(A), Finished(B)]
    assert list(keeper.finished()) == [], "each is told of once"
    assert set(stages.seconds()) == {KEEPING, NOT_KEPT}


class Full(MemoryLedger):
    """Has no room."""

    def put(self, video: Video, recipe: Recipe, segments: object) -> None:
        raise LibraryError("the disk is full")


def test_what_goes_wrong_is_raised_at_the_end_at_the_latest() -> None:
    with (
        pytest.raises(LibraryError, match="the disk is full"),
        Keeper(SharedLedger(Full()), RECIPE, Stages()) as keeper,
    ):
        keeper.give(Parcel([(A, segment(0))], [A]))
    assert list(keeper.finished()) == []


def test_nobody_waits_for_one_that_has_gone_wrong() -> None:
    given = 0
    with (
        pytest.raises(LibraryError),
        Keeper(SharedLedger(Full()), RECIPE, Stages()) as keeper,
    ):
        for _ in range(100):
            keeper.give(Parcel([(A, segment(0))], []))
            given += 1
    assert given < 100


def test_one_parcel_may_wait_while_another_is_kept() -> None:
    """So that the model need not; more would gather in memory."""
    let_go, begun = Event(), Event()

    class Slow(MemoryLedger):
        def finish(self, video: Video, recipe: Recipe) -> None:
            begun.set()
            assert let_go.wait(60)
            super().finish(video, recipe)

    ledger = Slow()
    with Keeper(SharedLedger(ledger), RECIPE, Stages()) as keeper:
        keeper.give(Parcel([], [A]))
        assert begun.wait(60)
        keeper.give(Parcel([], [B]))
        assert ledger.log == []
        let_go.set()
    assert ledger.log == ["finish a.mp4", "finish b.mp4"]
