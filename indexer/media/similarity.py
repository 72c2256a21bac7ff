"""When two pictures, and two windows, show the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from indexer.media.clip import Clip
from indexer.windows import Window

# A frame is compared by the mean colours of GRID x GRID fields, about the patches that the tower
# sees. It is like another where no field differs by more than ALIKE (0 to 255): more than noise
# and compression change a still picture, less than anything that moves or is put somewhere does
# (measured on filmed clips, docs/performance.md).
GRID = 32
ALIKE = 8.0


def fields(frames: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the mean colours of frames' fields, shape (n, GRID, GRID, 3).

    `frames` are uint8, shape (n, height, width, 3); those smaller than the grid repeat pixels.
    """
    means = frames.astype(np.float32)
    for axis in (1, 2):
        length = means.shape[axis]
        starts = np.arange(GRID) * length // GRID
        counts = np.maximum(1, np.diff(starts, append=length)).astype(np.float32)
        shape = [1, 1, 1, 1]
        shape[axis] = GRID
        means = np.add.reduceat(means, starts, axis) / counts.reshape(shape)
    return means


class StillWatch:
    """Tells the windows of a stretch that show the same as the last one to be looked at.

    The comparison is frame by frame, so what moves the same way is the same too, and never with a
    window that was itself passed over: a slow change adds up until it is noticed.
    """

    def __init__(self) -> None:
        self._window: Window | None = None
        self._fields: NDArray[np.float32] | None = None

    def same_as(self, clip: Clip) -> Window | None:
        """Return the window whose words hold for this one; None: it is to be looked at."""
        seen = fields(clip.frames)
        last = self._fields
        if last is not None and last.shape == seen.shape and np.abs(last - seen).max() <= ALIKE:
            return self._window
        self._window, self._fields = clip.window, seen
        return None
