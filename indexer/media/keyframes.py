"""Where a video's keyframes are."""

from __future__ import annotations

from pathlib import Path

from indexer.media.opening import opened, player_zero, shown_stream, ticks_ms
from indexer.media.presentation_times import Presentation


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
