"""Feeds windows to the model: threads that plan and decode files ahead of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Lock, Thread
from typing import Protocol, Self

from indexer.describe import OnDemand, Recipe
from indexer.errors import VideoError
from indexer.frames import Clip
from indexer.ledger import Ledger
from indexer.progress import Failed, Finished, Started, Unchanged
from indexer.stages import DECODING, Stages
from indexer.transcript import Cue, transcript
from indexer.video import Video
from indexer.windows import Window

CLIPS_AHEAD = 16


class Worker(Protocol):
    """Decodes one file at a time in a process of its own; see `decode.DecodeWorker`."""

    def probe(self, path: Path) -> Video:
        """Open a file; raises VideoError."""
        ...

    def clips(self, windows: Sequence[Window], frames: int, edge: int) -> Iterator[Clip]:
        """Yield the probed file's clips; raises VideoError."""
        ...

    def cues(self) -> list[Cue]:
        """Return the probed file's subtitles."""
        ...

    def stop(self) -> None:
        """End what is going on, from any thread: whoever waits gets a VideoError."""
        ...

    def close(self) -> None:
        """End the process."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """What to index and how.

    `describer` is called when the first window is about to be decoded, so that an unchanged
    library loads no model. Files that failed before and have not changed since are tried again
    only where `retry` says so.
    """

    paths: Iterable[Path]
    recipe: Recipe
    worker: Callable[[], Worker]
    describer: OnDemand
    workers: int = 1
    retry: Callable[[Path], bool] = lambda _: False
    subtitles: bool = True
    stages: Stages = field(default_factory=Stages)


@dataclass(frozen=True, slots=True)
class Seen:
    """A decoded window on its way to the model, with what is said in it."""

    video: Video
    clip: Clip
    transcript: str


Item = Seen | Unchanged | Started | Finished | Failed


class SharedLedger:
    """A ledger and the lock that lets the feeding threads and the main one take turns."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = Lock()

    def __enter__(self) -> Ledger:
        self._lock.acquire()
        return self._ledger

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class Feed:
    """Decodes the job's files in threads, each with a worker process, a bounded way ahead.

    Iterating gives the items in each file's order. What ends a thread is raised there. Files
    whose content another thread is decoding are left in `twins`, to be looked at afterwards.
    """

    def __init__(self, job: Job, ledger: SharedLedger) -> None:
        self._job = job
        self._ledger = ledger
        self._paths = iter(job.paths)
        self._lock = Lock()
        self._claimed: set[str] = set()
        self._queue: Queue[Item | BaseException | None] = Queue(maxsize=CLIPS_AHEAD)
        self._stop = Event()
        self._workers = [job.worker() for _ in range(job.workers)]
        self._threads = [
            Thread(target=self._work, args=(worker,), daemon=True) for worker in self._workers
        ]
        self.twins: list[Path] = []

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for worker in self._workers:
            worker.stop()
        for thread in self._threads:
            thread.join()

    def __iter__(self) -> Iterator[Item]:
        running = len(self._threads)
        while running:
            with suppress(Empty):  # a time limit, so that Ctrl-C is heard on every system
                item = self._queue.get(timeout=0.5)
                if isinstance(item, BaseException):
                    raise item
                if item is None:
                    running -= 1
                else:
                    yield item

    def _work(self, worker: Worker) -> None:
        try:
            while (path := self._next()) is not None:
                for item in self._file(path, worker):
                    if not self._put(item):
                        return
        except BaseException as error:  # raised again in the main thread
            self._put(error)
        finally:
            worker.close()
            self._put(None)

    def _next(self) -> Path | None:
        with self._lock:
            return next(self._paths, None)

    def _put(self, item: Item | BaseException | None) -> bool:
        """Queue an item, waiting for room; False once the feed is being closed."""
        while not self._stop.is_set():
            with suppress(Full):
                self._queue.put(item, timeout=0.1)
                return True
        return False

    def _file(self, path: Path, worker: Worker) -> Iterator[Item]:
        known = self._known(path)
        if known is not None:
            yield known
            return
        try:
            video = worker.probe(path)
        except VideoError as error:
            yield self._fail(path, "", str(error))
            return
        with self._ledger as ledger:
            if ledger.complete(video.fingerprint) == self._job.recipe.key:
                ledger.link(path, video.fingerprint, video.size_bytes, video.mtime_ns)
                yield Unchanged(path)
                return
        with self._lock:
            if video.fingerprint in self._claimed:
                self.twins.append(path)
                return
            self._claimed.add(video.fingerprint)
        yield from self._windows(video, worker)

    def _known(self, path: Path) -> Unchanged | Failed | None:
        """Return what to say of a file that has not changed since it was done or failed."""
        try:
            stat = path.stat()
        except OSError as error:
            return Failed(path, f"{error.strerror or error}")
        with self._ledger as ledger:
            record = ledger.file(path)
        if record is None or (record.size_bytes, record.mtime_ns) != (
            stat.st_size,
            stat.st_mtime_ns,
        ):
            return None
        if record.error:
            return None if self._job.retry(path) else Failed(path, record.error)
        return Unchanged(path) if record.recipe_key == self._job.recipe.key else None

    def _windows(self, video: Video, worker: Worker) -> Iterator[Item]:
        recipe = self._job.recipe
        with self._ledger as ledger:
            done = ledger.begin(video, recipe)
        windows = video.windows(recipe.window_ms, recipe.stride_ms)
        todo = [window for window in windows if window not in done]
        yield Started(video, len(todo), len(done))
        said = worker.cues() if self._job.subtitles and todo else []
        try:
            clips = self._clips(worker, todo) if todo else iter(())
            for clip in clips:
                yield Seen(video, clip, transcript(said, clip.window))
        except VideoError as error:
            yield self._fail(video.path, video.fingerprint, str(error))
        else:
            yield Finished(video)

    def _clips(self, worker: Worker, windows: Sequence[Window]) -> Iterator[Clip]:
        """Yield a file's clips, counting the time until each is there."""
        describer = self._job.describer()
        clips = worker.clips(windows, self._job.recipe.frames, describer.edge)
        while True:
            with self._job.stages.at(DECODING):
                clip = next(clips, None)
            if clip is None:
                return
            yield clip

    def _fail(self, path: Path, fingerprint: str, error: str) -> Failed:
        if self._stop.is_set():
            return Failed(path, error)  # the decoder was ended: the file is not to blame
        with suppress(OSError):
            stat = path.stat()
            with self._ledger as ledger:
                ledger.fail(path, fingerprint, stat.st_size, stat.st_mtime_ns, error)
        return Failed(path, error)
