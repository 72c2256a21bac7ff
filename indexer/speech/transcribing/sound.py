"""A video's sound on the player's clock: one track, mixed to one channel of 16 kHz."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from indexer.errors import VideoError
from indexer.media.opening import opened, player_zero
from indexer.speech.audio_tracks import Track, same_language

RATE = 16_000
Samples = NDArray[np.float32]
# A frame this far from where the one before ended stands where its time stamp says.
_JITTER = RATE // 25
# Longer gaps are not silence but time stamps that leap: what follows goes on where it was.
_LONGEST_GAP = RATE * 3_600
# Stretches this long are mixed to one channel in the same way.
_MIXED = 5 * RATE
# Two channels that cancel each other out leave less than this share of the louder one's power; one
# channel alone leaves a quarter.
_CANCELLED = 0.3


@dataclass(frozen=True, slots=True)
class Block:
    """Samples, float32 in one channel, that begin `start` samples after the player's zero."""

    start: int
    samples: Samples

    @property
    def end(self) -> int:
        """Where the next sample would be."""
        return self.start + len(self.samples)


def track_of(path: Path, wanted: str = "") -> Track | None:
    """Return the audio track that a player plays, or the one wanted; None: the video is silent.

    `wanted` is a number, from 1, or a language as the file names it. A file that has no such track
    counts as it would with none wanted.

    Raises:
        VideoError: the file cannot be opened.
    """
    with opened(path) as container:
        stream = _chosen(container, wanted)
        if stream is None:
            return None
        number = list(container.streams.audio).index(stream) + 1
        return Track(number, str(stream.metadata.get("language", "")))


def blocks(path: Path, wanted: str = "") -> Iterator[Block]:
    """Yield a video's sound in blocks that rise and do not overlap; where there is none, silence.

    What cannot be decoded is stepped over.

    Raises:
        VideoError: the file cannot be opened, or nothing of its sound be decoded.
    """
    with opened(path) as container:
        stream = _chosen(container, wanted)
        if stream is None:
            return
        heard = False
        for start, channels in _gathered(_placed(container, stream)):
            heard = True
            yield Block(start, mixed(channels))
        if not heard:
            raise VideoError("its sound cannot be decoded")


def _gathered(placed: Iterable[tuple[int, Samples]]) -> Iterator[tuple[int, Samples]]:
    """Join what follows without a gap to stretches that are mixed in one way."""
    first = length = 0
    parts: list[Samples] = []
    for start, channels in placed:
        fits = start == first + length and len(channels) == len(parts[0]) if parts else False
        if parts and (not fits or length >= _MIXED):
            yield first, np.concatenate(parts, axis=1)
            parts = []
        if not parts:
            first, length = start, 0
        parts.append(channels)
        length += channels.shape[1]
    if parts:
        yield first, np.concatenate(parts, axis=1)


def mixed(channels: Samples) -> Samples:
    """Mix one or two channels, shape (channels, samples), to one.

    Where the mean of two would be faint (one of them is silent, or they are of opposite phase) the
    louder one is taken.
    """
    first: Samples = channels[0]
    if len(channels) == 1:
        return first
    middle: Samples = channels.mean(axis=0)
    powers = (channels.astype(np.float64) ** 2).mean(axis=1)
    if float((middle.astype(np.float64) ** 2).mean()) >= _CANCELLED * float(powers.max()):
        return middle
    louder: Samples = channels[int(powers.argmax())]
    return louder


def _chosen(container: InputContainer, wanted: str) -> AudioStream | None:
    streams = [s for s in container.streams.audio if s.codec_context is not None]
    if not streams:
        return None
    if wanted.isdigit() and 1 <= int(wanted) <= len(container.streams.audio):
        return container.streams.audio[int(wanted) - 1]
    for stream in streams:
        if wanted and same_language(str(stream.metadata.get("language", "")), wanted):
            return stream
    return next((s for s in streams if s.disposition & s.disposition.default), streams[0])


def _placed(container: InputContainer, stream: AudioStream) -> Iterator[tuple[int, Samples]]:
    """Yield channels, shape (channels, samples), with the sample they begin at, from zero on."""
    zero = player_zero(container)
    resampler: AudioResampler | None = None
    end: int | None = None  # where what was yielded ends; None before the first
    shift = 0  # what is added to time stamps since they leapt
    for frame in _decoded(container, stream):
        at = _sample(frame, zero)
        if at is not None:
            at += shift
            if end is not None and not -RATE <= at - end <= _LONGEST_GAP:
                shift += end - at
                at = end
        if end is None:
            end = at or 0
        elif at is not None and abs(at - end) > _JITTER:
            if resampler is not None:
                tail = _joined(resampler.resample(None))
                yield from _from_zero(end, tail)
                end += tail.shape[1]
            resampler = None
        if resampler is None:
            resampler = _resampler(frame)
        samples = _joined(resampler.resample(frame))
        if at is not None and at < end - _JITTER:  # said twice: once is enough
            samples = samples[:, end - at :]
        elif at is not None and at > end + _JITTER:
            end = at
        yield from _from_zero(end, samples)
        end += samples.shape[1]
    if resampler is not None and end is not None:
        yield from _from_zero(end, _joined(resampler.resample(None)))


def _decoded(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Yield a track's frames, stepping over damaged packets; the end may be missing."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, EOFError, av.error.FFmpegError):
            return
        try:
            yield from packet.decode()
        except av.error.FFmpegError:
            continue


def _sample(frame: AudioFrame, zero: Fraction) -> int | None:
    """Return where a frame begins, in samples from the player's zero; None where it says not."""
    if frame.pts is None or frame.time_base is None:
        return None
    return round((frame.pts * frame.time_base - zero) * RATE)


def _resampler(frame: AudioFrame) -> AudioResampler:
    layout = "mono" if frame.layout.nb_channels == 1 else "stereo"
    return AudioResampler(format="fltp", layout=layout, rate=RATE)


def _joined(frames: list[AudioFrame]) -> Samples:
    if not frames:
        return np.empty((1, 0), np.float32)
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1)


def _from_zero(start: int, samples: Samples) -> Iterator[tuple[int, Samples]]:
    """Yield samples without those before the player's zero, if any are left."""
    before = max(0, -start)
    if samples.shape[1] > before:
        yield start + before, samples[:, before:]
