"""What is seen in one window: its frames, and when each of them is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.windows import Window


@dataclass(frozen=True, slots=True)
class Clip:
    """What is seen in one window.

    `frames` is uint8 RGB, shape (n, height, width, 3), upright, and as wide as high where that was
    asked for; `times_ms` holds each frame's true time on the player's clock, rising. A window with
    fewer distinct frames than asked for has fewer here; it has at least one.
    """

    window: Window
    times_ms: tuple[int, ...]
    frames: NDArray[np.uint8]
