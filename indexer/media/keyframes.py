"""Where a video's keyframes are."""

from __future__ import annotations

from pathlib import Path

from indexer.media.presentation_times import Presentation
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
        presentation = Presentation(container, stream)
        for packet in presentation.packets():
            tick = presentation.due(packet)
            if packet.is_keyframe and tick is not None:
                times.append(ticks_ms(tick, stream.time_base, zero))
    return sorted(times)
