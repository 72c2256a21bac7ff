"""The pipeline: every window once, one bad file costs itself, interrupted runs go on."""

import contextlib
import os
import time
from _thread import interrupt_main
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest

from indexer.describing.describer import OnDemand
from indexer.describing.fake_describer import FakeDescriber
from indexer.errors import LibraryError, ModelError
from indexer.media.clip import Clip
from indexer.pipeline.job import Job
from indexer.pipeline.progress import (
    Batch,
    Described,
    Failed,
    Finished,
    Progress,
    Recognised,
    Started,
    Unchanged,
)
from indexer.pipeline.run import run
from indexer.recipe import Recipe
from indexer.segments import Segment
from indexer.video import Video
from indexer.windows import Window
from tests.doubles import RECIPE, DrawnWorker, MemoryLedger


def job(*paths: Path, batch_size: int = 4, workers: int = 1, retry: bool = False) -> Job:
    describer = OnDemand(lambda: FakeDescriber(batch_size))
    return Job(paths, RECIPE, DrawnWorker, describer, lambda: workers, retry=lambda _: retry)


def kinds(news: list[Progress], kind: type) -> int:
    return sum(isinstance(item, kind) for item in news)


def write(folder: Path, **files: str) -> list[Path]:
    for name, content in files.items():
        (folder / f"{name}.mp4").write_text(content)
    return [folder / f"{name}.mp4" for name in files]


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("batch_size", [1, 4, 100])
def test_every_window_once(tmp_path: Path, workers: int, batch_size: int) -> None:
    paths = write(tmp_path, a="one 65", b="two 8", c="three 31")
    ledger = MemoryLedger()
    news = list(run(job(*paths, batch_size=batch_size, workers=workers), ledger))
    assert kinds(news, Finished) == 3
    assert {name: len(kept) for (name, _), kept in ledger.segments.items()} == {
        "one": 7,
        "two": 1,
        "three": 4,
    }
    words = ledger.segments["one", RECIPE.key]
    assert words[Window(0, 10_000)].text == "A black picture."
    assert words[Window(10_000, 20_000)].text == "A white picture."


def test_a_long_file_is_decoded_in_stretches_side_by_side(tmp_path: Path) -> None:
    begun: list[int] = []

    class Noted(DrawnWorker):
        def clips(
            self, windows: Sequence[Window], frames: int, edge: int, square: bool = False
        ) -> Iterator[Clip]:
            begun.append(windows[0].start_ms)
            yield from super().clips(windows, frames, edge, square)

    paths = write(tmp_path, a="long 600", b="short 65")
    ledger = MemoryLedger()
    news = list(run(replace(job(*paths, workers=4), worker=Noted), ledger))
    assert sorted(begun) == [0, 0, 150_000, 300_000, 450_000]
    assert len(ledger.segments["long", RECIPE.key]) == 60
    assert [item.video.path for item in news if isinstance(item, Finished)].count(paths[0]) == 1
    of_long = [item for item in news if not isinstance(item, Batch) and item.video.path == paths[0]]
    assert isinstance(of_long[0], Started)
    assert isinstance(of_long[-1], Finished)


def test_what_is_broken_in_several_stretches_is_said_once_and_can_be_retried(
    tmp_path: Path,
) -> None:
    (path,) = write(tmp_path, a="one 600 200")
    ledger = MemoryLedger()
    news = list(run(job(path, workers=4), ledger))
    assert [item for item in news if isinstance(item, Failed)] == [Failed(path, "it breaks off")]
    assert kinds(news, Finished) == 0
    assert len(ledger.segments["one", RECIPE.key]) == 20
    stat = path.stat()
    path.write_text("one 600")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert kinds(list(run(job(path, workers=3, retry=True), ledger)), Finished) == 1
    assert len(ledger.segments["one", RECIPE.key]) == 60


@pytest.mark.parametrize("subtitles", [True, False])
def test_what_is_said_comes_with_its_window(tmp_path: Path, subtitles: bool) -> None:
    (path,) = write(tmp_path, a="one 30")
    ledger = MemoryLedger()
    list(run(replace(job(path), subtitles=subtitles), ledger))
    said = [s.transcript for s in ledger.segments["one", RECIPE.key].values()]
    assert said == ["", "Hello there." if subtitles else "", ""]


def test_a_second_run_changes_nothing_and_loads_no_model(tmp_path: Path) -> None:
    paths = write(tmp_path, a="one 65", b="two 8")
    ledger = MemoryLedger()
    list(run(job(*paths), ledger))
    before = list(ledger.log)

    def refuse() -> FakeDescriber:
        raise AssertionError("the model was loaded")

    again = Job(paths, RECIPE, DrawnWorker, OnDemand(refuse))
    assert [type(item) for item in run(again, ledger)] == [Unchanged, Unchanged]
    assert ledger.log == before


def test_a_bad_file_costs_itself(tmp_path: Path) -> None:
    paths = write(tmp_path, a="one 20", b="bad", c="three 20")
    ledger = MemoryLedger()
    news = list(run(job(*paths), ledger))
    assert Failed(paths[1], "it is damaged") in news
    assert kinds(news, Finished) == 2


def test_a_file_that_breaks_off_keeps_its_windows(tmp_path: Path) -> None:
    (path,) = write(tmp_path, a="one 60 30")
    ledger = MemoryLedger()
    news = list(run(job(path), ledger))
    assert Failed(path, "it breaks off") in news
    assert kinds(news, Finished) == 0
    assert len(ledger.segments["one", RECIPE.key]) == 3
    assert list(run(job(path), ledger)) == [Failed(path, "it breaks off")]
    assert len(list(run(job(path, retry=True), ledger))) > 1


def test_a_missing_file_is_a_failure(tmp_path: Path) -> None:
    (news,) = run(job(tmp_path / "gone.mp4"), MemoryLedger())
    assert isinstance(news, Failed)


@pytest.mark.parametrize("workers", [1, 3])
def test_copies_are_described_once(tmp_path: Path, workers: int) -> None:
    paths = write(tmp_path, a="same 65", b="same 65", c="same 65")
    ledger = MemoryLedger()
    news = list(run(job(*paths, workers=workers), ledger))
    assert kinds(news, Finished) == 1
    assert kinds(news, Recognised) == 2
    assert not any(item.moved for item in news if isinstance(item, Recognised))
    assert sum(entry.startswith("link") for entry in ledger.log) == 2


@pytest.mark.parametrize("news_before", [1, 2, 5, 9])
def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path, news_before: int) -> None:
    paths = write(tmp_path, a="one 65", b="two 45")
    ledger = MemoryLedger()
    news = run(job(*paths, batch_size=2), ledger)
    seen = [next(news) for _ in range(news_before)]
    news.close()
    kept = sum(len(segments) for segments in ledger.segments.values())
    assert kept >= kinds(seen, Described), "what was reported as described is kept"
    list(run(job(*paths), ledger))
    assert {name: len(kept) for (name, _), kept in ledger.segments.items()} == {"one": 7, "two": 5}


def test_an_interrupt_inside_the_model_keeps_what_was_described(tmp_path: Path) -> None:
    class Interrupted(FakeDescriber):
        calls = 0

        def describe(self, clips: Sequence[Clip]) -> list[str]:
            self.calls += 1
            if self.calls == 3:
                raise KeyboardInterrupt
            return super().describe(clips)

    (path,) = write(tmp_path, a="one 100")
    ledger = MemoryLedger()
    with contextlib.suppress(KeyboardInterrupt):
        list(run(Job([path], RECIPE, DrawnWorker, OnDemand(lambda: Interrupted(2))), ledger))
    assert len(ledger.segments["one", RECIPE.key]) == 4
    list(run(job(path), ledger))
    assert len(ledger.segments["one", RECIPE.key]) == 10


class Deaf(FakeDescriber):
    """Describes some batches; in the next one it hears nothing until it is let go."""

    def __init__(self, batches: int) -> None:
        super().__init__(2)
        self.batches = batches
        self.deep_in, self.let_go = Event(), Event()

    def describe(self, clips: Sequence[Clip]) -> list[str]:
        self.batches -= 1
        if self.batches < 0:
            self.deep_in.set()
            ends = time.monotonic() + 120
            while not self.let_go.is_set() and time.monotonic() < ends:
                with contextlib.suppress(KeyboardInterrupt):
                    self.let_go.wait(0.1)
        return super().describe(clips)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_does_not_wait_for_a_model_deep_in_its_work(tmp_path: Path) -> None:
    describer, ledger = Deaf(3), MemoryLedger()
    (path,) = write(tmp_path, a="one 100")

    def interrupt() -> None:
        describer.deep_in.wait(60)
        interrupt_main()

    Thread(target=interrupt, daemon=True).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            list(run(Job([path], RECIPE, DrawnWorker, OnDemand(lambda: describer)), ledger))
        assert not describer.let_go.is_set()
        assert len(ledger.segments["one", RECIPE.key]) == 6, "what was described is kept"
    finally:
        describer.let_go.set()
    list(run(job(path), ledger))
    assert len(ledger.segments["one", RECIPE.key]) == 10


@pytest.mark.usefixtures("interruptible")
def test_nor_for_one_that_is_being_loaded(tmp_path: Path) -> None:
    begun, let_go = Event(), Event()

    def load() -> FakeDescriber:
        begun.set()
        ends = time.monotonic() + 120
        while not let_go.is_set() and time.monotonic() < ends:
            with contextlib.suppress(KeyboardInterrupt):
                let_go.wait(0.1)
        return FakeDescriber(1)

    def interrupt() -> None:
        begun.wait(60)
        interrupt_main()

    (path,) = write(tmp_path, a="one 100")
    Thread(target=interrupt, daemon=True).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            list(run(Job([path], RECIPE, DrawnWorker, OnDemand(load)), MemoryLedger()))
    finally:
        let_go.set()


def test_a_model_that_cannot_be_had_ends_the_run(tmp_path: Path) -> None:
    def fail() -> FakeDescriber:
        raise ModelError("There is no such model.")

    (path,) = write(tmp_path, a="one 20")
    with pytest.raises(ModelError):
        list(run(Job([path], RECIPE, DrawnWorker, OnDemand(fail)), MemoryLedger()))


def test_a_library_that_cannot_be_written_ends_the_run(tmp_path: Path) -> None:
    class Full(MemoryLedger):
        def put(self, video: Video, recipe: Recipe, segments: Sequence[Segment]) -> None:
            raise LibraryError("The disk is full.")

    (path,) = write(tmp_path, a="one 6000")
    with pytest.raises(LibraryError):
        list(run(job(path), Full()))


def test_keeping_goes_on_beside_describing(tmp_path: Path) -> None:
    """A slow library delays the end, not each batch; nothing is kept late or lost."""

    class Slow(MemoryLedger):
        def put(self, video: Video, recipe: Recipe, segments: Sequence[Segment]) -> None:
            time.sleep(0.3)
            super().put(video, recipe, segments)

    class Steady(FakeDescriber):
        def describe(self, clips: Sequence[Clip]) -> list[str]:
            time.sleep(0.3)
            return super().describe(clips)

    (path,) = write(tmp_path, a="one 10400")
    ledger = Slow()
    todo = Job([path], RECIPE, DrawnWorker, OnDemand(lambda: Steady(260)))
    list(run(todo, ledger))
    spent = todo.stages.seconds()
    assert spent["embedding and keeping"] > 1
    assert spent.get("waiting for the library", 0.0) < 0.5 * spent["embedding and keeping"]
    assert todo.stages.bottleneck == "describing"
    assert len(ledger.segments["one", RECIPE.key]) == 1040


def test_decoding_is_the_bottleneck_only_where_the_model_waits_for_it(tmp_path: Path) -> None:
    class Slow(DrawnWorker):
        def clips(
            self, windows: Sequence[Window], frames: int, edge: int, square: bool = False
        ) -> Iterator[Clip]:
            for clip in super().clips(windows, frames, edge, square):
                time.sleep(0.02)
                self.busy_s += 0.02
                yield clip

    class Busy(FakeDescriber):
        def describe(self, clips: Sequence[Clip]) -> list[str]:
            time.sleep(0.04 * len(clips))
            return super().describe(clips)

    for describer, bottleneck in ((FakeDescriber(4), "decoding"), (Busy(4), "describing")):
        (path,) = write(tmp_path, a="one 300")
        todo = Job([path], RECIPE, Slow, OnDemand(lambda d=describer: d))
        list(run(todo, MemoryLedger()))
        assert todo.stages.bottleneck == bottleneck
        assert todo.stages.seconds()["decoding"] >= 0.5


def test_a_bug_in_a_worker_keeps_its_traceback(tmp_path: Path) -> None:
    class Broken(DrawnWorker):
        def probe(self, path: Path) -> None:  # type: ignore[override]  # broken on purpose
            raise ZeroDivisionError

    (path,) = write(tmp_path, a="one 20")
    describer = OnDemand(lambda: FakeDescriber(1))
    with pytest.raises(ZeroDivisionError):
        list(run(Job([path], RECIPE, Broken, describer), MemoryLedger()))
