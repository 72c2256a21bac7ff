"""Where a video's keyframes are."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import av.error

from indexer.media.timeline import opened, player_zero, shown_stream, ticks_ms

# VLC finds its way in these by guessing, and shows nothing before the next keyframe.
STREAMS = frozenset([".ts", ".mts", ".m2ts", ".m2t", ".mpg", ".mpeg", ".mpe", ".vob", ".m2v"])


def is_stream(path: Path) -> bool:
    """Whether a file is a transport or program stream, by its suffix."""
    return path.suffix.lower() in STREAMS


def keyframes_ms(path: Path) -> list[int]:
    """Return when each keyframe of a file is shown, in ms on the player's clock, rising.

    Raises:
        VideoError: the file cannot be read.
    """
    times = []
    with opened(path) as container:
        stream = shown_stream(container)
        zero = player_zero(container)
        assert stream.time_base is not None
        with suppress(av.error.FFmpegError, EOFError):
            for packet in container.demux(stream):
                if packet.is_keyframe and packet.pts is not None:
                    times.append(ticks_ms(packet.pts, stream.time_base, zero))
    return sorted(times)
