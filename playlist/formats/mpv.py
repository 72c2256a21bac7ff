"""mpv's edit list: all moments as one timeline, a chapter for each."""

from __future__ import annotations

import os
from collections.abc import Sequence

from playlist.tracks import Track


def render(tracks: Sequence[Track], title: str) -> bytes:
    """Return an `.edl` for mpv; paths and titles are counted in bytes, so any may occur."""
    lines = ["# mpv EDL v0", "# Made by Scenelist", *(entry(track) for track in tracks)]
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")


def entry(track: Track) -> str:
    """Return a track as mpv's edit lists name a stretch of a file."""
    file, title = _counted(track.file), _counted(track.title)
    start, length = track.start_ms / 1000, track.length_ms / 1000
    return f"{file},{start:.3f},{length:.3f},title={title}"


def _counted(text: str) -> str:
    return f"%{len(os.fsencode(text))}%{text}"
