"""Single pictures of a video, for thumbnails."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

from indexer.errors import VideoError
from indexer.media.frame_conversion import turned
from indexer.media.opening import decoded_from, opened, player_zero, shown_stream, ticks_ms
from indexer.media.readers.reader import scaled_size


def still(path: Path, at_ms: int, edge: int) -> NDArray[np.uint8]:
    """Return the picture on screen at `at_ms`, at most `edge` pixels wide or high.

    uint8 RGB, shape (height, width, 3), upright, in the shape in which it is displayed.

    Raises:
        VideoError: no picture can be read there.
    """
    with opened(path) as container:
        stream = shown_stream(container)
        base, zero = stream.time_base or Fraction(1, 1000), player_zero(container)
        shown: VideoFrame | None = None
        for frame in decoded_from(container, stream, at_ms, zero):
            late = frame.pts is not None and ticks_ms(frame.pts, base, zero) > at_ms
            if shown is not None and late:
                break
            shown = frame
        if shown is None:
            raise VideoError("no picture can be read there")
        ratio = stream.sample_aspect_ratio or Fraction(1)
        width, height = scaled_size(max(1, round(shown.width * ratio)), shown.height, edge)
        small = shown.reformat(
            width=width, height=height, format="rgb24", interpolation=Interpolation.AREA
        ).to_ndarray()
        return np.ascontiguousarray(np.rot90(small, -turned(shown) // 90))


def frame_rate(path: Path) -> Fraction:
    """Return a file's frames per second, the nearest usual one where it varies; 25 if unknown."""
    try:
        with opened(path) as container:
            stream = shown_stream(container)
            rate = stream.average_rate or stream.guessed_rate
    except VideoError:
        return Fraction(25)
    if not rate or not 1 <= rate <= 1000:
        return Fraction(25)
    usual = [Fraction(n * 1000, 1001) for n in (12, 15, 24, 30, 48, 60, 120, 240)]
    usual += [Fraction(n) for n in (8, 10, 12, 15, 20, 24, 25, 30, 48, 50, 60, 100, 120, 240)]
    nearest = min(usual, key=lambda known: abs(known - rate))
    return nearest if abs(nearest - rate) < Fraction(1, 10) else Fraction(rate)
