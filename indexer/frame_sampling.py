"""How many frames a window gets, and from which moments of it: evenly spaced. Pure."""

from __future__ import annotations

from indexer.windows import Window

# What a window is described by unless asked otherwise (`--frames`), and in a quick first pass.
DEFAULT_FRAMES = 8
QUICK_FRAMES = 4


def sample_times(window: Window, frames: int) -> list[int]:
    """Return `frames` evenly spaced times inside a window, in ms: the middles of equal parts."""
    return [window.start_ms + (2 * i + 1) * window.length_ms // (2 * frames) for i in range(frames)]
