"""Cuts stretches out of videos: as they are, from the keyframe before, or exactly, encoded anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from av.container import InputContainer, OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from indexer.errors import VideoError
from indexer.media.frame_conversion import turned
from indexer.media.opening import decoded, decoded_from, opened, player_zero, seek, shown_stream
from indexer.media.presentation_times import demux, say_when_shown
from indexer.media.sound import SOUND_RATE, sound_from


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch [start_ms, end_ms) of a file, in ms on the player's clock."""

    path: Path
    start_ms: int
    end_ms: int


def copy_cut(cut: Cut, target: Path, name: str = "") -> None:
    """Write a cut without encoding it: quick and lossless, from the keyframe at or before it.

    `name` is what the file will be called, if not as `target` is; it is marked as ours by it.

    Raises:
        VideoError: the file cannot be read, or `target` cannot hold what is in it.
    """
    with opened(cut.path) as source:
        if not say_when_shown(source, shown_stream(source)):
            raise VideoError("its pictures have no times of their own that a copy could keep")
    with opened(cut.path) as source, opened_for_writing(target, name) as out:
        picture = shown_stream(source)
        streams = [picture, *source.streams.audio[:1]]
        copies = {stream.index: out.add_stream_from_template(stream) for stream in streams}
        zero = player_zero(source)
        seek(source, picture, cut.start_ms, zero)
        end = Fraction(cut.end_ms, 1000) + zero
        first: Fraction | None = None
        for packet in _ordered(source, streams, picture, end):
            assert packet.pts is not None and packet.dts is not None
            base = packet.time_base
            if first is None:
                if packet.stream is not picture or not packet.is_keyframe:
                    continue
                first = packet.dts * base
            if packet.dts * base < first:
                continue
            shift = round(first / base)
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            packet.stream = copies[packet.stream.index]
            out.mux(packet)


def _ordered(
    source: InputContainer,
    streams: Sequence[Any],
    picture: VideoStream,
    end: Fraction,
) -> Iterator[Any]:
    """Yield packets up to `end`, each with a decoding time.

    After a seek the first pictures come without one where there are B-frames: they are decoded a
    frame each before the first that has one.
    """
    waiting: list[Any] = []
    known = False
    for packet in demux(source, *streams):
        if packet.pts is None:
            continue
        if packet.stream is not picture:
            if packet.dts is not None and packet.pts * packet.time_base < end:
                waiting.append(packet)
        elif packet.dts is None:
            waiting.append(packet)
            continue
        elif not known:
            known = True
            early = [p for p in waiting if p.dts is None]
            step = packet.duration or round(1 / (packet.time_base * (picture.average_rate or 25)))
            for back, late in enumerate(reversed(early), 1):
                late.dts = packet.dts - back * step
        if packet.stream is picture:
            if packet.dts is not None and packet.dts * packet.time_base >= end:
                break
            waiting.append(packet)
        if known:
            yield from waiting
            waiting = []
    yield from (packet for packet in waiting if packet.dts is not None)


def encode_cuts(cuts: Sequence[Cut], target: Path, name: str = "") -> None:
    """Write cuts one after the other as h264 and AAC, exact to the frame.

    The first cut gives size and frame rate; pictures of others are fitted in, black around.
    `name` is what the file will be called, if not as `target` is; it is marked as ours by it.

    Raises:
        VideoError: a file cannot be read.
    """
    with opened(cuts[0].path) as source:
        stream = shown_stream(source)
        rate = Fraction(stream.average_rate or 25).limit_denominator(1001)
        first = next(decoded(source, stream))
        across = turned(first) % 180 != 0
        width, height = (first.height, first.width) if across else (first.width, first.height)
    width, height = width - width % 2, height - height % 2
    with opened_for_writing(target, name) as out:
        video = out.add_stream("libx264", rate=rate)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.options = {"crf": "20", "preset": "veryfast"}
        video.codec_context.time_base = 1 / rate
        sound = out.add_stream("aac", rate=SOUND_RATE, layout="stereo")
        frames = samples = 0
        for cut in cuts:
            for picture in _pictures(cut, rate, width, height):
                frame = VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts, frame.time_base = frames, 1 / rate
                out.mux(video.encode(frame))
                frames += 1
            wanted = round(frames / rate * SOUND_RATE) - samples
            for block in _sound(cut, wanted):
                block.pts, block.time_base = samples, Fraction(1, SOUND_RATE)
                block.sample_rate = SOUND_RATE
                samples += block.samples
                out.mux(sound.encode(block))
        out.mux(video.encode())
        out.mux(sound.encode())


def can_be_cut(cut: Cut) -> None:
    """Do nothing where a picture of a cut can be read.

    Raises:
        VideoError: there is none.
    """
    if next(_pictures(cut, Fraction(1), 16, 16), None) is None:
        raise VideoError("no picture can be read there")


def _pictures(cut: Cut, rate: Fraction, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    """Yield a cut's pictures at a constant rate, fitted into a frame of the given size."""
    count = max(1, round((cut.end_ms - cut.start_ms) * rate / 1000))
    with opened(cut.path) as source:
        stream = shown_stream(source)
        zero = player_zero(source)
        start = Fraction(cut.start_ms, 1000) + zero
        done, shown = 0, None
        for frame in decoded_from(source, stream, cut.start_ms, zero):
            if frame.pts is None or frame.time_base is None:
                continue
            until = frame.pts * frame.time_base
            while shown is not None and done < count and start + done / rate < until:
                yield _fitted(shown, width, height)
                done += 1
            shown = frame
            if done >= count:
                return
        while shown is not None and done < count:
            yield _fitted(shown, width, height)
            done += 1


def _fitted(frame: VideoFrame, width: int, height: int) -> NDArray[np.uint8]:
    on_its_side = turned(frame) % 180 != 0
    across, down = (frame.height, frame.width) if on_its_side else (frame.width, frame.height)
    scale = min(width / across, height / down)
    new_w, new_h = max(1, round(across * scale)), max(1, round(down * scale))
    size = (new_h, new_w) if on_its_side else (new_w, new_h)
    picture = frame.reformat(width=size[0], height=size[1], format="rgb24").to_ndarray()
    picture = np.rot90(picture, -turned(frame) // 90)
    if picture.shape[:2] == (height, width):
        return np.ascontiguousarray(picture)
    whole = np.zeros((height, width, 3), np.uint8)
    top, left = (height - new_h) // 2, (width - new_w) // 2
    whole[top : top + new_h, left : left + new_w] = picture[:height, :width]
    return whole


def _sound(cut: Cut, wanted: int) -> Iterator[av.AudioFrame]:
    """Yield `wanted` samples of a cut's sound, in blocks; silence where it has none."""
    sent = 0
    if wanted > 0:
        for block in sound_from(cut.path, cut.start_ms):
            data = block[:, : wanted - sent]
            if data.shape[1] == 0:
                break
            sent += data.shape[1]
            yield av.AudioFrame.from_ndarray(np.ascontiguousarray(data), "fltp", "stereo")
            if sent >= wanted:
                return
    while sent < wanted:
        length = min(1024, wanted - sent)
        sent += length
        yield av.AudioFrame.from_ndarray(np.zeros((2, length), np.float32), "fltp", "stereo")


def opened_for_writing(target: Path, name: str) -> OutputContainer:
    """Open a file for muxing, marked as ours; its suffix says which container."""
    out = av.open(str(target), "w")
    mark = f"{_MADE_AS}{_in_unicode(name or target.name)}"
    # A transport stream has no place for a comment; what it names is its service.
    out.metadata["service_name" if target.suffix.lower() == ".ts" else "comment"] = mark
    return out


def made_as(path: Path) -> str | None:
    """Return the name under which Scenelist wrote a film or clip; None where it did not."""
    try:
        if path.suffix.lower() == ".ts":
            with path.open("rb") as file:
                return path.name if _MADE_AS.encode() in file.read(_TS_TABLES_BYTES) else None
        with opened(path) as container:
            marks = [v for k, v in container.metadata.items() if k.lower() == "comment"]
    except (VideoError, OSError):
        return None
    names = [mark.removeprefix(_MADE_AS) for mark in marks if mark.startswith(_MADE_AS)]
    return path.name if _in_unicode(path.name) in names else next(iter(names), None)


_MADE_AS = "Made by Scenelist as "
# Where a transport stream of ours names its service: before the first picture.
_TS_TABLES_BYTES = 2 * 188


def _in_unicode(name: str) -> str:
    """Return a name as a comment can hold it; one that is not UTF-8 has marks in its place."""
    return name.encode("utf-8", "replace").decode()
