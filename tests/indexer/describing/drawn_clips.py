"""Clips of noise, the same for a seed."""

import numpy as np

from indexer.media.clip import Clip
from indexer.windows import Window

QUESTION = "Describe this video."


def clip(
    seed: int, frames: int = 8, start_ms: int = 30_000, shape: tuple[int, int] = (96, 128)
) -> Clip:
    """Return a clip whose frames are irregular in time, with a moving bright square."""
    rng = np.random.default_rng(seed)
    pictures = np.full((frames, *shape, 3), rng.integers(0, 100, 3), np.uint8)
    colour = rng.integers(150, 255, 3)
    for i in range(frames):
        left = 5 + i * (shape[1] - 40) // frames
        pictures[i, 20 + seed % 30 : 50 + seed % 30, left : left + 30] = colour
    offsets = np.sort(rng.choice(9_900, frames, replace=False))
    times = tuple(start_ms + int(offset) for offset in offsets)
    return Clip(Window(start_ms, start_ms + 10_000), times, pictures)
