"""Where a video's keyframes are: in transport streams players can start only there."""

from __future__ import annotations

from bisect import bisect_right
from contextlib import suppress
from pathlib import Path

import av.error

from indexer.errors import VideoError
from indexer.timeline import opened, player_zero, shown_stream, ticks_ms

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


def safe_start_ms(path: Path, start_ms: int) -> int:
    """Return where to tell a player to start so that `start_ms` is sure to be shown.

    In a transport or program stream VLC lands on the next keyframe, so that is just before the
    keyframe at or before `start_ms`; in every other file, `start_ms` itself.
    """
    if not is_stream(path):
        return start_ms
    try:
        keyframes = keyframes_ms(path)
    except VideoError:
        return start_ms
    place = bisect_right(keyframes, start_ms)
    return max(0, keyframes[place - 1] - EARLIER_MS) if place else 0


# VLC's first picture came up to 0.1 s after the keyframe it was sent to; aiming this much before
# one makes it land on it.
EARLIER_MS = 100
