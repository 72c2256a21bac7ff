"""The frames of a window, and the small protocol behind which decoders stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.windows import Window


@dataclass(frozen=True, slots=True)
class Clip:
    """What is seen in one window.

    `frames` is uint8 RGB, shape (n, height, width, 3), upright; `times_ms` holds each frame's
    true time on the player's clock, rising. A window with fewer distinct frames than asked for
    has fewer here; it has at least one.
    """

    window: Window
    times_ms: tuple[int, ...]
    frames: NDArray[np.uint8]


class FrameReader(Protocol):
    """One open video file. Times are integer ms on the player's clock."""

    span: Window
    duration_ms: int
    width: int
    height: int

    def clips(self, windows: Sequence[Window], frames: int, edge: int) -> Iterator[Clip]:
        """Yield a clip for each window, in order, decoding front to back once.

        `frames` evenly spaced moments of each window are taken; a frame is scaled so that its
        longer side is at most `edge` pixels (never enlarged), its shape as displayed.

        Raises:
            VideoError: the file cannot be decoded further.
        """
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class ReaderFactory(Protocol):
    """Opens a file for reading frames."""

    def __call__(self, path: Path) -> FrameReader:
        """Open `path`; raises VideoError where this reader cannot (the next one is tried)."""
        ...
