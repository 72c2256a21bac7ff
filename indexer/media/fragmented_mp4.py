"""A stretch of any video as fragmented MP4 (h264 and AAC), which a browser plays while it is made.

Run as a process of its own it takes one order on stdin and writes the film to stdout: whoever
asked for it ends it at any time, and a file that crashes a decoder costs that process only.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, cast

import av
import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.container import InputContainer, OutputContainer
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from indexer.errors import VideoError
from indexer.media.frame_conversion import picture
from indexer.media.opening import decoded, opened, player_zero, seek, shown_stream
from indexer.media.readers.reader import scaled_size
from indexer.media.sound import SOUND_RATE, sound_from
from indexer.processes import child_process

_CLOCK = 90_000
_FASTEST = 31  # frames a second; what has more loses some, so that slow machines keep up
# A fragment begins at a keyframe: the first is on its way after half a second of film.
_KEYFRAME_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class FilmOrder:
    """Asks for [start_ms, end_ms) of a file, at most `edge` pixels wide or high."""

    path: Path
    start_ms: int
    end_ms: int
    edge: int


def write_film(order: FilmOrder, out: BinaryIO) -> None:
    """Write a stretch as fragmented MP4, bit by bit; its time begins at 0.

    Raises:
        VideoError: the file cannot be read, or shows nothing there.
        BrokenPipeError: nobody reads any more.
    """
    target = av.open(
        cast(Any, _Unseekable(out)),
        "w",
        format="mp4",
        options={"movflags": "frag_keyframe+empty_moov+default_base_moof", "flush_packets": "1"},
    )
    with target, opened(order.path) as source:
        _write(order, source, target)


def _write(order: FilmOrder, source: InputContainer, target: OutputContainer) -> None:
    pictures = _pictures(order, source)
    first = next(pictures, None)
    if first is None:
        raise VideoError("no picture can be read there")
    video = target.add_stream("libx264", rate=Fraction(30))
    video.height, video.width = first[1].shape[:2]
    video.pix_fmt = "yuv420p"
    video.options = {"crf": "23", "preset": "veryfast", "tune": "zerolatency"}
    video.codec_context.time_base = Fraction(1, _CLOCK)
    sound = _Sound(order, target) if source.streams.audio else None
    keyframe_s = 0.0
    for at_s, pixels in chain([first], pictures):
        if sound is not None:
            sound.write_until(at_s)
        frame = VideoFrame.from_ndarray(pixels, format="rgb24")
        frame.time_base, frame.pts = Fraction(1, _CLOCK), round(at_s * _CLOCK)
        if at_s >= keyframe_s:
            frame.pict_type = cast(Any, av.video.frame.PictureType.I)
            keyframe_s = at_s + _KEYFRAME_EVERY_S
        target.mux(video.encode(frame))
    target.mux(video.encode())
    if sound is not None:
        sound.write_until((order.end_ms - order.start_ms) / 1000)
        sound.close()


def _pictures(order: FilmOrder, source: InputContainer) -> Iterator[tuple[float, NDArray[Any]]]:
    """Yield what is on screen from the start on, each with its time in seconds since then."""
    stream = shown_stream(source)
    zero = player_zero(source)
    seek(source, stream, order.start_ms, zero)
    start, end = Fraction(order.start_ms, 1000) + zero, Fraction(order.end_ms, 1000) + zero
    ratio = stream.sample_aspect_ratio or Fraction(1)
    before: VideoFrame | None = None
    next_s = Fraction(0)
    for frame in decoded(source, stream):
        if frame.pts is None or frame.time_base is None:
            continue
        at = frame.pts * frame.time_base
        if at <= start:
            before = frame
            continue
        if at >= end:
            break
        if before is not None:  # what was on screen when the moment began
            yield 0.0, _shrunk(before, ratio, order.edge)
            before, next_s = None, Fraction(1, _FASTEST)
        if at - start >= next_s:
            yield float(at - start), _shrunk(frame, ratio, order.edge)
            next_s = at - start + Fraction(1, _FASTEST)
    if before is not None:
        yield 0.0, _shrunk(before, ratio, order.edge)


def _shrunk(frame: VideoFrame, ratio: Fraction, edge: int) -> NDArray[Any]:
    """Return a frame as RGB, upright, in the shape in which it is displayed, with even sides."""
    width, height = scaled_size(max(1, round(frame.width * ratio)), frame.height, edge)
    even = max(2, width - width % 2), max(2, height - height % 2)
    return picture(frame, *even, -frame.rotation)


class _Sound:
    """The sound of a stretch, written in step with its pictures."""

    def __init__(self, order: FilmOrder, target: OutputContainer) -> None:
        self._target = target
        self._stream = target.add_stream("aac", rate=SOUND_RATE, layout="stereo")
        self._blocks = sound_from(order.path, order.start_ms)
        self._samples = 0

    def write_until(self, seconds: float) -> None:
        """Write what is heard before a time."""
        while self._samples < seconds * SOUND_RATE:
            block = next(self._blocks, None)
            if block is None:
                return
            frame = AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", "stereo")
            frame.sample_rate = SOUND_RATE
            frame.time_base, frame.pts = Fraction(1, SOUND_RATE), self._samples
            self._samples += frame.samples
            self._target.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Write what the encoder still holds."""
        self._target.mux(self._stream.encode())


class _Unseekable:
    """A pipe as PyAV wants to write to it."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, data: bytes) -> int:
        """Pass bytes on at once."""
        self._out.write(data)
        self._out.flush()
        return len(data)


def main() -> None:
    """Carry out the order on stdin; exit 1 where the file cannot be read."""
    out = child_process.answers()
    child_process.die_with_parent()
    order: FilmOrder = pickle.load(sys.stdin.buffer)
    try:
        write_film(order, out)
    except (VideoError, av.error.FFmpegError, OSError):
        sys.exit(1)  # it cannot be read, or nobody listens any more


if __name__ == "__main__":
    main()
