"""Films scenes: one after the other into a real h264 mp4."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av

from toy.world.drawing import draw
from toy.world.scenes import Scene

RATE = 25


def film(path: Path, scenes: Sequence[Scene], width: int, height: int, crf: int = 24) -> None:
    """Write `scenes`, cut one after the other, as an mp4 of `width` x `height` pixels."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": str(crf), "preset": "veryfast"}
        number = 0
        for scene in scenes:
            frames = round(scene.length_s * RATE)
            for first in range(0, frames, RATE):
                times = [i / RATE for i in range(first, min(first + RATE, frames))]
                for picture in draw(scene, times, width, height):
                    frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                    frame.pts, frame.time_base = number, Fraction(1, RATE)
                    container.mux(stream.encode(frame))
                    number += 1
        container.mux(stream.encode())
