"""Clips that lie in the cluster: references to them here, and decoding anew what was lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.errors import VideoError
from indexer.media.clip import Clip
from indexer.pipeline.ray_cluster.decode_tasks import Order, decode, remote
from indexer.retry_policy import CRASHED
from indexer.windows import Window

# Longer than a decoder that hangs is waited for, with each of its readers.
_AGAIN_S = 600.0


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
    coming = remote(decode, 0, 2 * len(windows) + 1).remote(rising[0].order, windows)
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
