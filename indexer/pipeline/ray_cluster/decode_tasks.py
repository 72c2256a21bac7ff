"""Decodes somewhere in a cluster: tasks there, and here the references to what they decoded."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from indexer.decoding.supervisor import DecodeWorker
from indexer.errors import RequestError, ScenelistError, VideoError
from indexer.media.clip import Clip
from indexer.media.readers.reader import READERS, FrameSize
from indexer.pipeline.ray_cluster.frame_budget import FrameBudget, clip_bytes
from indexer.pipeline.ray_cluster.lost_workers import Losses
from indexer.retry_policy import CRASHED
from indexer.speech.languages import Languages
from indexer.speech.transcript import Subtitles
from indexer.video import Video
from indexer.windows import Window

if TYPE_CHECKING:
    from indexer.media.timeline import Timeline

# Clips of a stretch that wait in the object store: with 8 frames of 512 x 512, 25 MB.
CLIPS_AHEAD = 4
# A node that is lost costs another try; as many as this for the same work, and it is no accident.
LOSSES_IN_A_ROW = 5
# Longer than a decoder that hangs is waited for, with each of its readers.
_AGAIN_S = 600.0
_STOPPED = "decoding was stopped"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Files below `here` lie below `there` on the workers."""

    here: Path
    there: str

    def place(self, path: Path) -> Path | None:
        """Return where a worker finds a file; None where it is not below `here`."""
        return Path(self.there) / path.relative_to(self.here) if self.here in path.parents else None


@dataclass(frozen=True, slots=True)
class Order:
    """How windows of a file are decoded; `path` is where the nodes have it."""

    path: Path
    timeline: Timeline | None
    frames: int
    size: FrameSize
    readers: tuple[str, ...]

    @property
    def clip_bytes(self) -> int:
        """How many bytes the frames of a window take at most."""
        width, height = (self.timeline.width, self.timeline.height) if self.timeline else (0, 0)
        return clip_bytes(self.frames, self.size, width, height)


class FarClip:
    """A clip that lies in the cluster: who asks for its frames here has them fetched.

    `path` is where this machine has its file; `order` says how its frames are to be had again.
    """

    def __init__(
        self,
        path: Path,
        order: Order,
        window: Window,
        times_ms: tuple[int, ...],
        reference: Any,
        let_go: Callable[[], None] = lambda: None,
    ) -> None:
        self.path = path
        self.order = order
        self.window = window
        self.times_ms = times_ms
        self.reference = reference
        self._let_go: Callable[[], None] | None = let_go

    def __del__(self) -> None:
        self.let_go()

    @property
    def frames(self) -> NDArray[np.uint8]:
        """The frames; see `Clip`."""
        import ray

        clip: Clip = ray.get(self.reference)
        return clip.frames

    def let_go(self) -> None:
        """Have the frames forgotten: they are not needed any more."""
        self.reference = None
        if (let_go := self._let_go) is not None:
            self._let_go = None
            let_go()


@dataclass(frozen=True, slots=True)
class Shared:
    """What all workers of a run have in common."""

    maps: tuple[Elsewhere, ...]
    budget: FrameBudget
    losses: Losses = field(default_factory=Losses)


class ClusterWorker:
    """A `job.Worker` whose decoding process runs on some node; see there.

    A task whose process or node dies is started anew; a file has failed with the second process
    that died over it.
    """

    def __init__(self, readers: tuple[str, ...], shared: Shared) -> None:
        self._readers = readers
        self._shared = shared
        self._path: Path | None = None
        self._stopped = False
        self.timeline: Timeline | None = None
        self.busy_s = 0.0

    def probe(self, path: Path) -> Video:
        """Open a file; raises VideoError, and RequestError where no worker can see it."""
        self.go_on(path, None)
        status = path.stat()
        video: Video
        video, self.timeline = self._do(_probe, path)
        return replace(video, path=path, size_bytes=status.st_size, mtime_ns=status.st_mtime_ns)

    def go_on(self, path: Path, timeline: Timeline | None) -> None:
        """Turn to a file that another worker has probed."""
        self._path, self.timeline = path, timeline

    def length_ms(self, path: Path) -> int:
        """Return how long a file's header says it is, or 0; raises VideoError."""
        length: int = self._do(_length_ms, path)
        return length

    def subtitles(self, languages: Languages) -> Subtitles:
        """Return the subtitles of the file last turned to, in one of its languages."""
        assert self._path is not None, "probe a file first"
        found: Subtitles = self._do(_subtitles, self._path, languages)
        return found

    def clips(
        self, windows: Sequence[Window], frames: int, edge: int, square: bool = False
    ) -> Iterator[Any]:
        """Yield references to clips of the file last turned to; raises VideoError."""
        assert self._path is not None, "probe a file first"
        size = FrameSize(edge, square)
        order = Order(self._there(self._path), self.timeline, frames, size, self._readers)
        ahead = self._shared.budget.ahead
        room = (CLIPS_AHEAD + 1) * order.clip_bytes  # those that wait there, and one on its way
        if not ahead.take(room, lambda: self._stopped):
            raise VideoError(_STOPPED)
        try:
            yield from self._clips(self._path, order, tuple(windows))
        finally:
            ahead.give_back(room)

    def stop(self) -> None:
        """End what is going on, from any thread: whoever waits gets a VideoError."""
        self._stopped = True

    def close(self) -> None:
        """Let go of the file."""
        self._path = self.timeline = None

    def _clips(self, path: Path, order: Order, left: tuple[Window, ...]) -> Iterator[FarClip]:
        """Yield clips, going on with another task where one is lost."""
        gathered, size = self._shared.budget.gathered, order.clip_bytes
        lost = 0
        while left:
            try:
                for window, reference, times_ms in self._task(order, left):
                    if not gathered.take(size, lambda: self._stopped):
                        raise VideoError(_STOPPED)
                    left, lost = left[1:], 0
                    yield FarClip(
                        path, order, window, times_ms, reference, lambda: gathered.give_back(size)
                    )
            except _LostError as error:
                lost += 1
                self._bear(path, error, lost)

    def _task(
        self, order: Order, windows: tuple[Window, ...]
    ) -> Iterator[tuple[Window, Any, tuple[int, ...]]]:
        """Yield windows with references to their clips and the times, all from one task."""
        import ray

        coming = remote(_decode, 1, 2 * CLIPS_AHEAD).remote(order, windows)
        reference, over = None, False
        try:
            for window in windows:
                reference = self._next(coming)
                said = self._get(self._next(coming))  # comes after the clip, which is there then
                over = isinstance(said, str) or window == windows[-1]
                if isinstance(said, str):
                    raise VideoError(said)
                yield window, reference, said
        except StopIteration:
            if reference is not None:
                self._get(reference)  # the last one says what ended the task
            raise VideoError(CRASHED) from None
        finally:
            if not over:  # one that is at its end keeps its decoder, for the next
                with suppress(ray.exceptions.RayError, RuntimeError):
                    ray.cancel(coming, force=False)

    def _next(self, coming: Any) -> Any:
        """Return the next reference from a task, whatever it refers to."""
        while not self._stopped:
            reference = coming._next_sync(timeout_s=0.5)  # a wait without end hears no stop
            if not reference.is_nil():
                return reference
        raise VideoError(_STOPPED)

    def _there(self, path: Path) -> Path:
        places = (each.place(path) for each in self._shared.maps)
        return next((place for place in places if place is not None), path)

    def _do(self, work: Callable[..., Any], path: Path, *arguments: Any) -> Any:
        """Have something small done with a file on a node, and wait for it."""
        import ray

        lost = 0
        while True:
            reference = remote(work, 0).remote(self._there(path), *arguments)
            while not self._stopped and not ray.wait([reference], timeout=0.5)[0]:
                pass
            if self._stopped:
                raise VideoError(_STOPPED)
            try:
                result = self._get(reference)
            except _LostError as error:
                lost += 1
                self._bear(path, error, lost)
                continue
            if isinstance(result, ScenelistError):
                raise result
            return result

    def _get(self, reference: Any) -> Any:
        """Return what a task said, which is small; raises _LostError where it was lost."""
        import ray

        try:
            return ray.get(reference)
        except ray.exceptions.RayTaskError:
            raise  # a mistake of ours, with its traceback
        except ray.exceptions.RayError as error:
            raise _LostError(over_the_file=died_by_itself(error)) from error

    def _bear(self, path: Path, error: _LostError, in_a_row: int) -> None:
        """Raise VideoError where a lost task is not to be tried again."""
        if self._stopped:
            raise VideoError(_STOPPED)
        over = error.over_the_file and self._shared.losses.one_too_many(path)
        if over or in_a_row >= LOSSES_IN_A_ROW:
            raise VideoError(CRASHED) from error


class _LostError(Exception):
    """A task is gone; `over_the_file` where its process died and its node did not."""

    def __init__(self, *, over_the_file: bool) -> None:
        super().__init__()
        self.over_the_file = over_the_file


def died_by_itself(error: Exception) -> bool:
    """Whether a task ended since its process did, not its node."""
    import ray

    return isinstance(error, ray.exceptions.WorkerCrashedError | ray.exceptions.OutOfMemoryError)


def decode_again(clips: Sequence[FarClip]) -> None:
    """Have frames of a file decoded that were lost with a node.

    No CPU is set aside: those of a smaller cluster are held by tasks that wait for this.

    Raises:
        VideoError: a file cannot be decoded now.
        RayError: it was lost again.
    """
    import ray

    rising = sorted(clips, key=lambda clip: clip.window)
    windows = tuple(clip.window for clip in rising)
    coming = remote(_decode, 0, 2 * len(windows) + 1).remote(rising[0].order, windows)
    for clip in rising:
        reference = _soon(coming)
        said = CRASHED if reference is None else ray.get(_soon(coming) or reference)
        if isinstance(said, str):
            raise VideoError(said)
        clip.reference = reference


def _soon(coming: Any) -> Any:
    """Return the next reference from a task, None at its end; raises RayError where none comes."""
    import ray

    try:
        reference = coming._next_sync(timeout_s=_AGAIN_S)
    except StopIteration:
        return None
    if reference.is_nil():
        raise ray.exceptions.GetTimeoutError("no frame came")
    return reference


@cache
def remote(work: Callable[..., Any], cpus: int, ahead: int = 0) -> Any:
    """Return a function as a task; with `ahead`, one that yields and keeps so many waiting.

    Ray itself tries nothing again: it would not tell a file that ends processes from a lost node,
    and begins anew without end where memory is short.
    """
    import ray

    task = ray.remote(num_cpus=cpus, max_retries=0)(work)
    if not ahead:
        return task
    return task.options(num_returns="streaming", _generator_backpressure_num_objects=ahead)


_worker: tuple[tuple[str, ...], DecodeWorker] | None = None


def _decoder(readers: tuple[str, ...] = ()) -> DecodeWorker:
    """Return this process's decoder, which a task finds as the last one left it.

    To start one for each task would cost more than many a stretch. Without `readers` any will do.
    """
    global _worker  # noqa: PLW0603 - a node's process lives for many tasks, one at a time
    if _worker is not None and readers and _worker[0] != readers:
        _worker[1].close()
        _worker = None
    if _worker is None:
        readers = readers or tuple(READERS)
        _worker = (readers, DecodeWorker(readers=readers))
    return _worker[1]


def _seen(path: Path) -> None:
    """Raise RequestError where a file that is there for the run is not there for this node."""
    if not path.exists():
        raise RequestError(
            f"The node {os.uname().nodename} does not see {path}: mount the videos there too, or"
            " say with --ray-map HERE=THERE where it has them."
        )


def _probe(path: Path) -> tuple[Video, Timeline | None] | ScenelistError:
    try:
        _seen(path)
        worker = _decoder()
        return worker.probe(path), worker.timeline
    except ScenelistError as error:
        return error


def _length_ms(path: Path) -> int | ScenelistError:
    try:
        return _decoder().length_ms(path)
    except ScenelistError as error:
        return error


def _subtitles(path: Path, languages: Languages) -> Subtitles:
    worker = _decoder()
    worker.go_on(path, None)
    return worker.subtitles(languages)


def _decode(
    order: Order, windows: tuple[Window, ...]
) -> Iterator[Clip | tuple[int, ...] | str | None]:
    """Yield each clip and then its times, which are small; in the end None and what went wrong."""
    try:
        worker = _decoder(order.readers)
        timeline = order.timeline
        worker.go_on(order.path, None if timeline is None else replace(timeline, path=order.path))
        for clip in worker.clips(windows, order.frames, order.size.edge, order.size.square):
            yield clip
            yield clip.times_ms
    except VideoError as error:
        yield None
        yield str(error)
