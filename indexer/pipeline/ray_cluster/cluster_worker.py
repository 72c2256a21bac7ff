"""Has files decoded somewhere in a cluster, and tries again what is lost with a node."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.errors import ScenelistError, VideoError
from indexer.media.readers.reader import FrameSize
from indexer.pipeline.ray_cluster.decode_tasks import (
    Elsewhere,
    Order,
    decode,
    length_ms,
    probe,
    remote,
    subtitles,
)
from indexer.pipeline.ray_cluster.far_clip import FarClip
from indexer.pipeline.ray_cluster.frame_budget import FrameBudget
from indexer.pipeline.ray_cluster.lost_workers import LOSSES_IN_A_ROW, Losses
from indexer.retry_policy import CRASHED
from indexer.speech.languages import Languages
from indexer.speech.transcript import Subtitles
from indexer.video import Video
from indexer.windows import Window

if TYPE_CHECKING:
    from indexer.media.timeline import Timeline

# Clips of a stretch that wait in the object store: with 8 frames of 512 x 512, 25 MB.
CLIPS_AHEAD = 4
_STOPPED = "decoding was stopped"


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
        video, self.timeline = self._do(probe, path)
        return replace(video, path=path, size_bytes=status.st_size, mtime_ns=status.st_mtime_ns)

    def go_on(self, path: Path, timeline: Timeline | None) -> None:
        """Turn to a file that another worker has probed."""
        self._path, self.timeline = path, timeline

    def length_ms(self, path: Path) -> int:
        """Return how long a file's header says it is, or 0; raises VideoError."""
        length: int = self._do(length_ms, path)
        return length

    def subtitles(self, languages: Languages) -> Subtitles:
        """Return the subtitles of the file last turned to, in one of its languages."""
        assert self._path is not None, "probe a file first"
        found: Subtitles = self._do(subtitles, self._path, languages)
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

        coming = remote(decode, 1, 2 * CLIPS_AHEAD).remote(order, windows)
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
            raise _LostError(over_the_file=_died_by_itself(error)) from error

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


def _died_by_itself(error: Exception) -> bool:
    """Whether a task ended since its process did, not its node."""
    import ray

    return isinstance(error, ray.exceptions.WorkerCrashedError | ray.exceptions.OutOfMemoryError)
