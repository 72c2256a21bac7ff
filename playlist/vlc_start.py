"""Where to tell VLC to start so that a moment is shown from its first picture on.

Measured with barcode videos on VLC 3.0. In mkv, webm and avi it starts on the very picture; in
mp4 one to four pictures early where there are B-frames; in transport and program streams it shows
nothing before the next keyframe.
"""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path

from indexer.errors import VideoError

_STREAMS = {".ts", ".mts", ".m2ts", ".m2t", ".mpg", ".mpeg", ".mpe", ".vob", ".m2v"}
_EARLY = {".mp4", ".m4v", ".mov", ".qt", ".3gp", ".3g2", ".f4v"}
# Aimed this much before a keyframe, VLC lands on it; aimed at it exactly, at times on the next.
_BEFORE_KEYFRAME_MS = 100
_EARLY_MS = 60


def start_for_vlc_ms(path: Path, start_ms: int) -> int:
    """Return the start-time in ms that makes VLC show `start_ms` of a file first, or just before.

    In a stream that is the keyframe at or before it.
    """
    suffix = path.suffix.lower()
    if suffix in _EARLY and start_ms > 0:
        return start_ms + _EARLY_MS
    if suffix not in _STREAMS:
        return start_ms
    from indexer.media.keyframes import keyframes_ms  # brings a decoder: only where it is needed

    try:
        keyframes = keyframes_ms(path)
    except VideoError:
        return start_ms
    place = bisect_right(keyframes, start_ms)
    return max(0, keyframes[place - 1] - _BEFORE_KEYFRAME_MS) if place else 0
