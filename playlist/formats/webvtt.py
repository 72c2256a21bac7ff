"""WebVTT chapters: a title for each stretch, as players and web pages show them."""

from __future__ import annotations

from collections.abc import Sequence

from playlist.tracks import Track, one_line


def render(tracks: Sequence[Track], title: str) -> bytes:
    """Return WebVTT in UTF-8, a cue for each track, by time.

    Cues are on the clock of their own video; where there are several, each names its own.
    """
    several = len({track.video.path for track in tracks}) > 1
    blocks = ["WEBVTT", "NOTE Made by Scenelist", f"NOTE {escaped(one_line(title))}"]
    for number, track in enumerate(
        sorted(tracks, key=lambda t: (str(t.video.path), t.start_ms)), 1
    ):
        name = f"{escaped(one_line(track.video.path.name))}: " if several else ""
        words = f"{name}{escaped(track.told or track.title)}"
        blocks.append(f"{number}\n{stamp(track.start_ms)} --> {stamp(track.end_ms)}\n{words}")
    return ("\n\n".join(blocks) + "\n").encode("utf-8", "replace")


def stamp(ms: int) -> str:
    """Return a time as WebVTT writes it.

    >>> stamp(3_723_004)
    '01:02:03.004'
    """
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{ms:03d}"


def escaped(text: str) -> str:
    """Return text that is no markup in a cue."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
