"""Decoding begins while the model is being loaded, and the first batch does not wait to be full."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

from indexer.describing.describer import OnDemand
from indexer.describing.fake_describer import FakeDescriber
from indexer.media.clip import Clip
from indexer.media.readers.reader import FrameSize
from indexer.pipeline.job import Job
from indexer.pipeline.progress import Batch
from indexer.pipeline.run import run
from indexer.windows import Window
from tests.doubles import RECIPE, DrawnWorker, MemoryLedger


class Drawing(DrawnWorker):
    """Notes in which size frames were wanted, and when the first one came."""

    sizes: list[FrameSize]
    first: Event

    def clips(
        self, windows: Sequence[Window], frames: int, edge: int, square: bool = False
    ) -> Iterator[Clip]:
        for clip in super().clips(windows, frames, edge, square):
            self.sizes.append(FrameSize(edge, square))
            self.first.set()
            yield clip


class Slow(FakeDescriber):
    """Takes batches of eight, and remembers how many windows came at a time."""

    def __init__(self) -> None:
        super().__init__(8)
        self.batches: list[int] = []

    def describe(self, clips: Sequence[Clip]) -> list[str]:
        self.batches.append(len(clips))
        return super().describe(clips)


def indexed(folder: Path, size: FrameSize | None, seconds: int) -> tuple[Slow, type[Drawing], bool]:
    """Index a file; say also whether frames were there before the model was."""

    class Worker(Drawing):
        """One of its own for each run."""

    Worker.sizes, Worker.first = [], Event()

    path = folder / "a.mp4"
    path.write_text(f"one {seconds}")
    describer, early = Slow(), False

    def load() -> Slow:
        nonlocal early
        early = Worker.first.wait(20 if size else 0)
        return describer

    ledger = MemoryLedger()
    items = list(run(Job([path], RECIPE, Worker, OnDemand(load, size)), ledger))
    assert sum(item.windows for item in items if isinstance(item, Batch)) == seconds // 10
    assert sum(describer.batches) == seconds // 10
    return describer, Worker, early


def test_decoding_begins_while_the_model_is_loaded(tmp_path: Path) -> None:
    size = FrameSize(32, square=True)
    describer, worker, early = indexed(tmp_path, size, 200)
    assert early
    assert set(worker.sizes) == {size}
    assert max(describer.batches) <= 8


def test_without_a_known_size_it_begins_when_the_model_is_there(tmp_path: Path) -> None:
    describer, worker, early = indexed(tmp_path, None, 200)
    assert not early
    assert set(worker.sizes) == {FrameSize(64)}
    assert describer.batches == [8, 8, 4]


def test_the_first_batch_does_not_wait_to_be_full(tmp_path: Path) -> None:
    """What is decoded is described while the rest is still to come; later batches are full."""
    described = Event()

    class Halting(DrawnWorker):
        def clips(
            self, windows: Sequence[Window], frames: int, edge: int, square: bool = False
        ) -> Iterator[Clip]:
            for number, clip in enumerate(super().clips(windows, frames, edge, square)):
                assert number < 3 or described.wait(60), "the first batch waits for more"
                yield clip

    class Telling(Slow):
        def describe(self, clips: Sequence[Clip]) -> list[str]:
            words = super().describe(clips)
            described.set()
            return words

    path = tmp_path / "a.mp4"
    path.write_text("one 200")
    describer = Telling()
    job = Job([path], RECIPE, Halting, OnDemand(lambda: describer, FrameSize(32)))
    list(run(job, MemoryLedger()))
    assert sum(describer.batches) == 20
    assert 1 <= describer.batches[0] <= 3
