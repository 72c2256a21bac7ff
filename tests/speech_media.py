"""Renders videos with sound for the tests: tones or recorded speech at known times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from tests.conftest import ROOT

RECORDED = ROOT / "benchmarks" / "speech" / "recorded"
_STEREO = {"mono": 1, "stereo": 2, "5.1": 6}


@dataclass(frozen=True)
class Tone:
    """A tone of `hertz` in [start_s, end_s), in one channel or (None) in all."""

    hertz: int
    start_s: float
    end_s: float
    channel: int | None = None
    sign: Sequence[int] = (1, 1, 1, 1, 1, 1)


@dataclass(frozen=True)
class Sound:
    """An audio track: its tones, how it is stored, and where its time stamps begin or leap.

    From `gap_s` on (in what is rendered), everything is `gap_length_s` later by its time stamps.
    """

    tones: Sequence[Tone]
    codec: str = "aac"
    rate: int = 44_100
    layout: str = "stereo"
    seconds: float = 8.0
    starts_s: float = 0.0
    gap_s: float | None = None
    gap_length_s: float = 0.0
    language: str = ""
    default: bool = False
    samples: NDArray[np.float32] | None = field(default=None, compare=False)


def render_with_sound(
    path: Path, sounds: Sequence[Sound], *, seconds: float = 12.0, offset_s: float = 0.0
) -> Path:
    """Write a grey video of small pictures with audio tracks; every time stamp is `offset_s` later.

    The suffix says what kind of file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"mpegts_copyts": "1"} if offset_s else {}
    with av.open(str(path), "w", options=options) as container:
        pictures = container.add_stream("libx264" if path.suffix != ".avi" else "mpeg4", rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        pictures.codec_context.time_base = Fraction(1, 10)
        if path.suffix != ".avi":
            pictures.options = {"preset": "ultrafast", "bf": "0"}
        streams = []
        for sound in sounds:
            stream = container.add_stream(sound.codec, rate=sound.rate, layout=sound.layout)
            stream.codec_context.time_base = Fraction(1, sound.rate)
            if sound.language:
                stream.metadata["language"] = sound.language
            if len(sounds) > 1:
                stream.disposition = 1 if sound.default else 0
            streams.append(stream)
        packets = []
        for number in range(round(seconds * 10)):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 128, np.uint8), format="rgb24")
            frame.pts, frame.time_base = number + round(offset_s * 10), Fraction(1, 10)
            packets += pictures.encode(frame)
        packets += pictures.encode()
        for sound, stream in zip(sounds, streams, strict=True):
            packets += _encoded(sound, stream, offset_s)
        for packet in sorted(packets, key=lambda p: p.dts * p.time_base):
            container.mux(packet)
    return path


def _encoded(sound: Sound, stream: av.AudioStream, offset_s: float) -> list[av.Packet]:
    channels = _STEREO[sound.layout]
    drawn = _drawn(sound, channels)
    context = stream.codec_context
    resampler = AudioResampler(
        format=context.format.name if context.format else "fltp",
        layout=sound.layout,
        rate=sound.rate,
        frame_size=context.frame_size or 1024,
    )
    packets = []
    size = 1024
    gap = None if sound.gap_s is None else round(sound.gap_s * sound.rate)
    first = round((sound.starts_s + offset_s) * sound.rate)
    for at in range(0, drawn.shape[1], size):
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(drawn[:, at : at + size]), format="fltp", layout=sound.layout
        )
        frame.sample_rate, frame.time_base = sound.rate, Fraction(1, sound.rate)
        frame.pts = at
        for ready in resampler.resample(frame):
            ready.pts += first
            packets += stream.encode(ready)
    for ready in resampler.resample(None):
        ready.pts += first
        packets += stream.encode(ready)
    packets += stream.encode()
    if gap is not None:
        moved = []
        for packet in packets:
            if packet.pts * packet.time_base >= Fraction(gap + first, sound.rate):
                later = round(sound.gap_length_s / packet.time_base)
                packet.pts += later
                packet.dts += later
            moved.append(packet)
        packets = moved
    return packets


def _drawn(sound: Sound, channels: int) -> NDArray[np.float32]:
    if sound.samples is not None:
        return np.tile(sound.samples.astype(np.float32), (channels, 1))
    drawn = np.zeros((channels, round(sound.seconds * sound.rate)), np.float32)
    for tone in sound.tones:
        start, end = round(tone.start_s * sound.rate), round(tone.end_s * sound.rate)
        wave = 0.4 * np.sin(2 * np.pi * tone.hertz * np.arange(end - start) / sound.rate)
        for channel in range(channels) if tone.channel is None else (tone.channel,):
            drawn[channel, start:end] += tone.sign[channel] * wave.astype(np.float32)
    return drawn


def recorded(number: int, rate: int = 16_000) -> NDArray[np.float32]:
    """Return an utterance of LibriSpeech (benchmarks/speech/recorded), without its silent ends."""
    path = RECORDED / f"237-134500-{number:04d}.ogg"
    resampler = AudioResampler(format="flt", layout="mono", rate=rate)
    with av.open(str(path)) as container:
        frames = [
            part.to_ndarray().reshape(-1)
            for frame in container.decode(audio=0)
            for part in resampler.resample(frame)
        ]
    samples = np.concatenate(frames)
    loud = np.flatnonzero(np.abs(samples) > 0.02)
    return np.asarray(samples[loud[0] : loud[-1]], np.float32)
