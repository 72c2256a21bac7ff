"""What is heard in a video from a time on, in step with its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from numpy.typing import NDArray

from indexer.media.opening import opened, player_zero, seek, shown_stream
from indexer.media.presentation_times import demux

SOUND_RATE = 48_000


def sound_from(path: Path, start_ms: int) -> Iterator[NDArray[np.float32]]:
    """Yield a video's sound from a time on the player's clock on, until it ends.

    Blocks are float32 of shape (2, samples), at `SOUND_RATE`. Sound that begins later has silence
    before it; what cannot be decoded is stepped over, and a file without sound yields nothing.

    Raises:
        VideoError: the file cannot be opened.
    """
    with opened(path) as source:
        if not source.streams.audio:
            return
        zero = player_zero(source)
        start_s = start_ms / 1000 + float(zero)
        seek(source, shown_stream(source), start_ms, zero)
        resampler = AudioResampler("fltp", "stereo", SOUND_RATE)
        begun, skip = False, 0
        for frame in _frames(source):
            if not begun and frame.time is not None:
                begun = True
                skip = round((start_s - frame.time) * SOUND_RATE)
                yield from _silence(-skip)
            for block in resampler.resample(frame):
                data = np.asarray(block.to_ndarray(), np.float32)
                dropped = min(max(skip, 0), data.shape[1])
                skip -= dropped
                if data.shape[1] > dropped:
                    yield data[:, dropped:]


def _silence(samples: int) -> Iterator[NDArray[np.float32]]:
    """Yield so many samples of silence, a second at a time: time stamps may claim any number."""
    for done in range(0, samples, SOUND_RATE):
        yield np.zeros((2, min(SOUND_RATE, samples - done)), np.float32)


def _frames(source: InputContainer) -> Iterator[AudioFrame]:
    packet: Packet[AudioStream]
    for packet in demux(source, source.streams.audio[0]):
        try:
            yield from packet.decode()
        except av.error.FFmpegError:
            continue
