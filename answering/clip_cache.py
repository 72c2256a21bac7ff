"""Clips of videos for whoever asks about them: decoded ahead, kept for the next question."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from indexer.decoding.supervisor import DecodeWorker
from indexer.errors import VideoError
from indexer.media.clip import Clip
from indexer.media.timeline import Timeline
from indexer.pipeline.job import Worker
from indexer.video import Video
from indexer.windows import Window

# Decoded frames that are kept, in bytes: some eighty windows of eight frames at 512 pixels.
_KEPT_BYTES = 512 * 2**20
_KEPT_VIDEOS = 256


@dataclass(frozen=True, slots=True)
class Look:
    """A stretch of a video that is to be looked at, in so many evenly spaced frames."""

    path: Path
    window: Window
    frames: int


@dataclass(frozen=True, slots=True)
class _Known:
    """A file as it was opened, and what opening it found out."""

    mark: tuple[int, int]
    video: Video
    timeline: Timeline | None


class ClipCache:
    """Decodes in processes of their own, and remembers what it decoded last; for any thread.

    Frames are at most `edge` pixels wide or high.
    """

    def __init__(
        self,
        edge: int,
        worker: Callable[[], Worker] = DecodeWorker,
        kept_bytes: int = _KEPT_BYTES,
    ) -> None:
        self._edge = edge
        self._worker = worker
        self._kept_bytes = kept_bytes
        self._lock = Lock()
        self._idle: list[Worker] = []
        self._known: OrderedDict[Path, _Known] = OrderedDict()
        self._clips: OrderedDict[tuple[str, Window, int], Clip] = OrderedDict()
        self._size_bytes = 0

    def video(self, path: Path) -> Video:
        """Open a file.

        Raises:
            VideoError: it is not there, or cannot be read as video.
        """
        with self._borrowed() as worker:
            return self._open(path, worker).video

    def clips(self, looks: Sequence[Look]) -> Generator[tuple[Look, Clip | VideoError], None, None]:
        """Yield the clip of each look, or why there is none, in order; a few are decoded ahead.

        Closing the iterator stops the decoder.
        """
        with self._borrowed() as worker, ThreadPoolExecutor(1) as pool:
            decoding = self._decoded(looks, worker)
            try:
                coming = pool.submit(next, decoding, None)
                while (item := coming.result()) is not None:
                    coming = pool.submit(next, decoding, None)
                    yield item
            except BaseException:
                worker.stop()  # so that the thread, which may be waiting for it, comes to its end
                raise

    def close(self) -> None:
        """End the decoding processes."""
        with self._lock:
            for worker in self._idle:
                worker.close()
            self._idle.clear()

    def _decoded(
        self, looks: Sequence[Look], worker: Worker
    ) -> Iterator[tuple[Look, Clip | VideoError]]:
        """Decode in runs: looks that follow each other in one file are read in one go."""
        for run in _runs(looks):
            done = 0
            try:
                for clip in self._decoded_run(run, worker):
                    yield run[done], clip
                    done += 1
                error = VideoError("it breaks off before that")
            except VideoError as broken:
                error = broken
            yield from ((look, error) for look in run[done:])

    def _decoded_run(self, run: Sequence[Look], worker: Worker) -> Iterator[Clip]:
        """Yield a clip for each look of a run: those kept, and the others decoded now."""
        known = self._open(run[0].path, worker)
        kept = [self._kept(known, look) for look in run]
        missing = [look.window for look, clip in zip(run, kept, strict=True) if clip is None]
        worker.go_on(known.video.path, known.timeline)
        fresh = worker.clips(missing, run[0].frames, self._edge) if missing else iter(())
        for look, seen in zip(run, kept, strict=True):
            clip = seen or next(fresh, None)
            if clip is None:
                return
            self._keep(known, look, clip)
            yield clip
        for _ in fresh:  # its process is only free for others once it has said that it is done
            pass

    def _open(self, path: Path, worker: Worker) -> _Known:
        try:
            status = path.stat()
        except OSError as error:
            raise VideoError(f"{error.strerror or error}".lower()) from error
        mark = (status.st_size, status.st_mtime_ns)
        with self._lock:
            known = self._known.get(path)
        if known is not None and known.mark == mark:
            return known
        video = worker.probe(path)
        known = _Known(mark, video, worker.timeline)
        with self._lock:
            self._known[path] = known
            while len(self._known) > _KEPT_VIDEOS:
                self._known.popitem(last=False)
        return known

    def _kept(self, known: _Known, look: Look) -> Clip | None:
        key = (known.video.fingerprint, look.window, look.frames)
        with self._lock:
            clip = self._clips.get(key)
            if clip is not None:
                self._clips.move_to_end(key)
            return clip

    def _keep(self, known: _Known, look: Look, clip: Clip) -> None:
        key = (known.video.fingerprint, look.window, look.frames)
        with self._lock:
            if key in self._clips:
                return
            self._clips[key] = clip
            self._size_bytes += clip.frames.nbytes
            while self._size_bytes > self._kept_bytes and len(self._clips) > 1:
                _, oldest = self._clips.popitem(last=False)
                self._size_bytes -= oldest.frames.nbytes

    @contextmanager
    def _borrowed(self) -> Iterator[Worker]:
        """Lend a decoding process; one that was left in the middle of something is ended."""
        with self._lock:
            worker = self._idle.pop() if self._idle else self._worker()
        try:
            yield worker
        except BaseException:
            with suppress(OSError):
                worker.close()
            raise
        with self._lock:
            self._idle.append(worker)


def _runs(looks: Sequence[Look]) -> Iterator[list[Look]]:
    """Yield looks in lists, each of one file, one number of frames, and rising."""
    run: list[Look] = []
    for look in looks:
        follows = run and (run[-1].path, run[-1].frames) == (look.path, look.frames)
        if follows and run[-1].window < look.window:
            run.append(look)
            continue
        if run:
            yield run
        run = [look]
    if run:
        yield run
