"""What a node of a cluster does with a file: the tasks that run there, and what they are told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.decoding.supervisor import DecodeWorker
from indexer.errors import RequestError, ScenelistError, VideoError
from indexer.media.clip import Clip
from indexer.media.readers.reader import READERS, FrameSize
from indexer.pipeline.ray_cluster.frame_budget import clip_bytes
from indexer.speech.languages import Languages
from indexer.speech.transcript import Subtitles
from indexer.video import Video
from indexer.windows import Window

if TYPE_CHECKING:
    from indexer.media.timeline import Timeline


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


def probe(path: Path) -> tuple[Video, Timeline | None] | ScenelistError:
    """Return a file's video and timeline; what a user can cause is returned, too, not raised."""
    try:
        _seen(path)
        worker = _decoder()
        return worker.probe(path), worker.timeline
    except ScenelistError as error:
        return error


def length_ms(path: Path) -> int | ScenelistError:
    """Return how long a file's header says it is, or 0, or why it cannot be read."""
    try:
        return _decoder().length_ms(path)
    except ScenelistError as error:
        return error


def subtitles(path: Path, languages: Languages) -> Subtitles:
    """Return a file's subtitles, in one of its languages."""
    worker = _decoder()
    worker.go_on(path, None)
    return worker.subtitles(languages)


def decode(
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
