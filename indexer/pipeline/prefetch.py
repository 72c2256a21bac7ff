"""Feeds windows to the model: threads that open and decode files ahead of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Self

from indexer.errors import VideoError
from indexer.media.readers.reader import FrameSize
from indexer.media.similarity import StillWatch
from indexer.pipeline.job import Item, Job, Seen, SharedLedger, Still, Worker
from indexer.pipeline.planner import Planner, Stretch
from indexer.pipeline.progress import Failed, NotVideo
from indexer.pipeline.timings import DECODING, OPENING
from indexer.speech.transcript import transcript
from indexer.video import Video

# Windows ready for the model; at least a batch, or it would wait for the next one to be gathered.
CLIPS_AHEAD = 16


class Feed:
    """Decodes the job's files in threads, each with a worker process, a bounded way ahead.

    Iterating gives the items, those of each stretch of a file in order. What ends a thread is
    raised there. Files are opened by one thread until `serve` says for whom to decode.
    """

    def __init__(self, job: Job, ledger: SharedLedger) -> None:
        self._job = job
        self._planner = Planner(job, ledger)
        self._queue: Queue[Item | BaseException | None] = Queue(maxsize=CLIPS_AHEAD)
        self._stop = Event()
        self._size: FrameSize | None = None
        self._workers: list[Worker] = []
        self._threads: list[Thread] = []

    @property
    def twins(self) -> list[Path]:
        """Files that were left out since another of their content was being decoded."""
        return self._planner.twins

    def give_up(self, video: Video, error: str) -> Iterator[NotVideo | Failed]:
        """Decode no more of a video, which has failed; say so."""
        return self._planner.give_up(video, error)

    def keep_ready(self, windows: int) -> None:
        """Decode at least so many windows ahead: a batch."""
        self._queue.maxsize = max(CLIPS_AHEAD, windows)

    @property
    def empty(self) -> bool:
        """Whether whoever asks for an item now has to wait for it."""
        return self._queue.empty()

    def serve(self, size: FrameSize) -> None:
        """Decode frames of this size, with as many workers as the job wants now."""
        if self._size is not None:
            return
        self._size = size
        workers = self._job.workers()
        self._planner.share_out(workers)
        while len(self._threads) < workers:
            self._start()

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._planner.stop()
        for worker in self._workers:
            worker.stop()
        for thread in self._threads:
            thread.join()

    def __iter__(self) -> Iterator[Item]:
        ended = 0
        while ended < len(self._threads):
            with suppress(Empty):  # a time limit, so that Ctrl-C is heard on every system
                item = self._queue.get(timeout=0.5)
                if isinstance(item, BaseException):
                    raise item
                if item is None:
                    ended += 1
                else:
                    yield item

    def _start(self) -> None:
        worker = self._job.worker()
        thread = Thread(target=self._work, args=(worker,), daemon=True)
        self._workers.append(worker)
        self._threads.append(thread)
        thread.start()

    def _work(self, worker: Worker) -> None:
        try:
            while (work := self._planner.next()) is not None:
                for item in self._items(work, worker):
                    if not self._put(item):
                        return
        except BaseException as error:  # raised again in the main thread
            self._put(error)
        finally:
            worker.close()
            self._put(None)

    def _items(self, work: Path | Stretch, worker: Worker) -> Iterator[Item]:
        """Do a piece of work, counting the time that the worker works on it."""
        before = worker.busy_s
        stage = OPENING if isinstance(work, Path) else DECODING
        items = (
            self._planner.open(work, worker)
            if isinstance(work, Path)
            else self._decode(work, worker)
        )
        for item in items:
            self._job.stages.add(stage, worker.busy_s - before)
            before = worker.busy_s
            yield item

    def _put(self, item: Item | BaseException | None) -> bool:
        """Queue an item, waiting for room; False once the feed is being closed."""
        while not self._stop.is_set():
            with suppress(Full):
                self._queue.put(item, timeout=0.1)
                return True
        return False

    def _decode(self, stretch: Stretch, worker: Worker) -> Iterator[Item]:
        """Yield a stretch's windows, and what becomes of its file with that."""
        file, recipe = stretch.file, self._job.recipe
        watch = StillWatch() if recipe.skip_still else None
        error = ""
        try:
            worker.go_on(file.video.path, file.timeline)
            assert self._size is not None, "stretches are handed out after `serve`"
            edge, square = self._size.edge, self._size.square
            for clip in worker.clips(stretch.windows, recipe.frames, edge, square):
                if file.given_up:
                    break
                said = transcript(file.said, clip.window)
                if watch is not None and (same := watch.same_as(clip)) is not None:
                    yield Still(file.video, clip.window, said, same)
                else:
                    yield Seen(file.video, clip, said)
        except VideoError as broken:
            error = str(broken)
        yield from self._planner.through(file, error)
