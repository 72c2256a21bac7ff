"""Renders small videos for the tests, with PyAV; nothing is committed.

Barcode videos carry in their top 32 rows 16 bits of frame number (rows 0-15) and 16 bits of file
number (rows 16-31), 20 pixels a bit, lowest bit left: what a player or decoder showed can be read
from the picture.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 320, 64
_BIT = 20
_CODECS = {
    ".mp4": ("libx264", {"preset": "ultrafast", "crf": "18", "bf": "2"}),
    ".mov": ("libx264", {"preset": "ultrafast", "crf": "18", "bf": "0"}),
    ".mkv": ("libx264", {"preset": "ultrafast", "crf": "18", "bf": "2"}),
    ".ts": ("libx264", {"preset": "ultrafast", "crf": "18", "bf": "0"}),
    ".flv": ("libx264", {"preset": "ultrafast", "crf": "18", "bf": "0"}),
    ".webm": ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "b": "400k"}),
    ".avi": ("mpeg4", {"b": "800k"}),
    ".mpg": ("mpeg2video", {"b": "800k"}),
}


def barcode(frame: int, file: int) -> NDArray[np.uint8]:
    """Return a picture, RGB, that says which frame of which file it is."""
    picture = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    picture[40:] = (frame * 5 % 256, file * 40 % 256, 90)
    for rows, value in ((slice(0, 16), frame), (slice(16, 32), file)):
        for bit in range(16):
            picture[rows, bit * _BIT : (bit + 1) * _BIT] = 235 if value >> bit & 1 else 16
    return picture


def read_barcode(luma: NDArray[np.uint8]) -> tuple[int, int]:
    """Return (frame, file) from a picture's brightness, shape (height, width), at any size."""
    height, width = luma.shape
    row = [int(height * y / HEIGHT) for y in (8, 24)]
    columns = [int(width * (bit * _BIT + _BIT // 2) / WIDTH) for bit in range(16)]
    frame, file = (sum((luma[y, x] > 128) << bit for bit, x in enumerate(columns)) for y in row)
    return int(frame), int(file)


# Further kinds of file: codec, its options, the container's, and the format of the pixels.
KINDS: dict[str, tuple[str, dict[str, str], dict[str, str], str]] = {
    "AV1": ("libsvtav1", {"preset": "12", "crf": "30"}, {}, "yuv420p"),
    "HEVC 10 bit": ("libx265", {"x265-params": "log-level=none"}, {}, "yuv420p10le"),
    "HEVC": ("libx265", {"x265-params": "log-level=none"}, {}, "yuv420p"),
    "MJPEG": ("mjpeg", {"q": "3"}, {}, "yuvj420p"),
    "Sorenson H.263": ("flv", {"b": "800k"}, {}, "yuv420p"),
    "MPEG-4": ("mpeg4", {"b": "800k"}, {}, "yuv420p"),
    "MPEG-2": ("mpeg2video", {"b": "800k"}, {}, "yuv420p"),
    "fragmented": ("libx264", {"bf": "0"}, {"movflags": "frag_keyframe+empty_moov"}, "yuv420p"),
    "open GOP": ("libx264", {"x264-params": "open-gop=1:bframes=3"}, {}, "yuv420p"),
    "B pyramid": (
        "libx264",
        {"x264-params": "bframes=4:b-pyramid=normal:b-adapt=0:scenecut=0"},
        {},
        "yuv420p",
    ),
    "few bits": ("libx264", {"b": "40k", "x264-params": "bframes=3:b-adapt=0"}, {}, "yuv420p"),
    "MPEG-2 with B": ("mpeg2video", {"b": "800k", "bf": "2"}, {}, "yuv420p"),
    "VP8": ("libvpx", {"deadline": "realtime", "b": "800k"}, {}, "yuv420p"),
    "WMV": ("wmv2", {"b": "800k"}, {}, "yuv420p"),
    "interlaced": ("libx264", {"x264-params": "interlaced=1", "crf": "12"}, {}, "yuv420p"),
}


def render(
    path: Path,
    times_ms: Sequence[int],
    file: int = 1,
    *,
    gop: int = 50,
    picture: Callable[[int, int], NDArray[np.uint8]] = barcode,
    rotation: int = 0,
    sample_aspect: Fraction = Fraction(1),
    metadata: dict[str, str] | None = None,
    kind: str = "",
) -> Path:
    """Write a barcode video whose frame i is shown at `times_ms[i]`; the suffix says what kind."""
    codec, options, container_options, pixels = KINDS.get(
        kind, (*_CODECS.get(path.suffix, ("", {})), {}, "yuv420p")
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", options=container_options) as container:
        container.metadata.update(metadata or {})
        stream = container.add_stream(codec, rate=25)
        first = picture(0, file)
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = pixels
        stream.codec_context.gop_size = gop
        stream.codec_context.sample_aspect_ratio = sample_aspect
        stream.codec_context.time_base = Fraction(1, 25 if _even(times_ms) else 1000)
        stream.options = options
        if rotation:
            stream.set_display_rotation(rotation)
        for number, time_ms in enumerate(times_ms):
            frame = av.VideoFrame.from_ndarray(picture(number, file), format="rgb24")
            frame.time_base = stream.codec_context.time_base
            frame.pts = round(time_ms / 1000 / frame.time_base)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def _even(times_ms: Sequence[int]) -> bool:
    return all(time_ms % 40 == 0 for time_ms in times_ms)


def steady(seconds: float, rate: int = 25) -> list[int]:
    """Return the times in ms of frames at a constant rate."""
    return [round(1000 * i / rate) for i in range(round(seconds * rate))]
