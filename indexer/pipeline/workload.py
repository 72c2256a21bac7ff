"""Counts, while a run goes on, how many windows it has before it: from the files' headers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Self

from indexer.errors import VideoError
from indexer.ledger import FileRecord
from indexer.pipeline.estimate import Fate, fate
from indexer.pipeline.job import Job, Worker
from indexer.scanning.scan_order import ordered
from indexer.windows import Window, windows_of

# A run that is over by then needs no forecast.
_BEGIN_AFTER_S = 3.0


@dataclass(frozen=True, slots=True)
class Counted:
    """A file, how many windows it seems to have to be described, and how long it says it is."""

    path: Path
    windows: int
    length_ms: int


def in_order(
    sizes: Mapping[Path, int],
    order: str,
    job: Job,
    remembered: Callable[[Path], FileRecord | None],
) -> dict[Path, int]:
    """Return files in one of `ORDERS`; of new ones alone the headers are read."""
    if order != "short":
        return ordered(sizes, order, lambda path: 0)
    worker = job.worker()

    def length_ms(path: Path) -> int:
        if fate(path, job, remembered) not in {Fate.NEW, Fate.OTHER}:
            return 0
        try:
            return worker.length_ms(path)
        except VideoError:
            return 0

    try:
        return ordered(sizes, order, length_ms)
    finally:
        worker.close()


class Workload:
    """Looks at the headers of a run's files in a thread and a process of its own.

    `sorted_out` is set once it is known which files are to be described at all: that takes no
    look into them. Their headers are read in random order, so that those read so far stand for
    the rest.
    """

    def __init__(
        self,
        job: Job,
        sizes: Mapping[Path, int],
        remembered: Callable[[Path], FileRecord | None],
        *,
        begin_after_s: float = _BEGIN_AFTER_S,
    ) -> None:
        self._job = job
        self._sizes = sizes
        self._remembered = remembered
        self._begin_after_s = begin_after_s
        self._news: deque[Counted] = deque()
        self._stop = Event()
        self._worker: Worker | None = None
        self._thread = Thread(target=self._count, daemon=True)
        self.sorted_out = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._worker is not None:
            self._worker.stop()
        self._thread.join()

    def news(self) -> Iterator[Counted]:
        """Yield what has been counted since last asked."""
        while self._news:
            yield self._news.popleft()

    def wait(self) -> None:
        """Wait until all is counted."""
        self._thread.join()

    def _count(self) -> None:
        todo = []
        for path in self._sizes:
            if fate(path, self._job, self._remembered) in {Fate.NEW, Fate.OTHER}:
                todo.append(path)
            else:
                self._news.append(Counted(path, 0, 0))
            if self._stop.is_set():
                return
        self.sorted_out = True
        # The first files are opened at once by those who decode them.
        if len(todo) < 2 or self._stop.wait(self._begin_after_s):
            return
        Random(0).shuffle(todo)
        worker = self._worker = self._job.worker()
        try:
            for path in todo:
                if self._stop.is_set():
                    return
                with suppress(VideoError):
                    self._tell(path, worker.length_ms(path))
        finally:
            worker.close()

    def _tell(self, path: Path, length_ms: int) -> None:
        if length_ms:
            recipe = self._job.recipe
            tiled = windows_of(Window(0, length_ms), recipe.window_ms, recipe.stride_ms)
            self._news.append(Counted(path, len(tiled), length_ms))
