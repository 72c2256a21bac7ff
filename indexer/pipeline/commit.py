"""Keeps what has been described, in a thread of its own, so that the model need not wait."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Full, Queue
from threading import Thread
from typing import Self

from indexer.pipeline.job import SharedLedger
from indexer.pipeline.progress import Finished
from indexer.pipeline.timings import KEEPING, NOT_KEPT, Stages
from indexer.recipe import Recipe
from indexer.segments import Segment
from indexer.video import Video


@dataclass(frozen=True, slots=True)
class Parcel:
    """Described windows, and the videos of which they were the last."""

    described: Sequence[tuple[Video, Segment]]
    ended: Sequence[Video]


class Keeper:
    """Commits parcels to the ledger in the order given; one may wait while one is committed.

    What goes wrong is raised by the next `give`, or at the end.
    """

    def __init__(self, ledger: SharedLedger, recipe: Recipe, stages: Stages) -> None:
        self._ledger = ledger
        self._recipe = recipe
        self._stages = stages
        self._parcels: Queue[Parcel | None] = Queue(maxsize=1)
        self._finished: deque[Finished] = deque()
        self._error: BaseException | None = None
        self._thread = Thread(target=self._work, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._put(None)
        self._thread.join()
        if self._error is not None:
            raise self._error

    def give(self, parcel: Parcel) -> None:
        """Have a parcel kept; waits while another one is waiting."""
        with self._stages.at(NOT_KEPT):
            self._put(parcel)
        if self._error is not None:
            raise self._error

    def finished(self) -> Iterator[Finished]:
        """Yield the videos finished since last asked."""
        while self._finished:
            yield self._finished.popleft()

    def _put(self, parcel: Parcel | None) -> None:
        while self._error is None:
            with suppress(Full):  # a time limit, so that Ctrl-C is heard on every system
                self._parcels.put(parcel, timeout=0.5)
                return

    def _work(self) -> None:
        try:
            while (parcel := self._parcels.get()) is not None:
                with self._stages.at(KEEPING):
                    self._keep(parcel)
        except BaseException as error:  # raised again in the main thread
            self._error = error

    def _keep(self, parcel: Parcel) -> None:
        by_video: dict[str, tuple[Video, list[Segment]]] = {}
        for video, segment in parcel.described:
            by_video.setdefault(video.fingerprint, (video, []))[1].append(segment)
        with self._ledger as ledger:
            for video, segments in by_video.values():
                ledger.put(video, self._recipe, segments)
            for video in parcel.ended:
                ledger.finish(video, self._recipe)
                self._finished.append(Finished(video))
