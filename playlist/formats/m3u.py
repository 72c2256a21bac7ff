"""M3U: the one VLC plays from moment to moment, and the one mpv does."""

from __future__ import annotations

from collections.abc import Sequence

from playlist.formats.mpv import entry
from playlist.tracks import Track, one_line


def render(tracks: Sequence[Track], title: str) -> bytes:
    """Return an extended M3U in UTF-8 whose options VLC obeys; other players play whole files."""
    lines = ["#EXTM3U", "# Made by Scenelist", f"#PLAYLIST:{one_line(title)}"]
    for track in tracks:
        lines += [
            f"#EXTINF:{max(1, round(track.length_ms / 1000))},{_name(track)}",
            f"#EXTVLCOPT:start-time={track.start_ms / 1000:.3f}",
            f"#EXTVLCOPT:stop-time={track.end_ms / 1000:.3f}",
            track.location,
        ]
    return ("\n".join(lines) + "\n").encode()


def render_for_mpv(tracks: Sequence[Track], title: str) -> bytes:
    """Return an M3U in which each entry is a stretch of a file, as mpv names one."""
    lines = ["#EXTM3U", "# Made by Scenelist", f"#PLAYLIST:{one_line(title)}"]
    for track in tracks:
        lines += [
            f"#EXTINF:{max(1, round(track.length_ms / 1000))},{_name(track)}",
            f"edl://{entry(track)}",
        ]
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")


def _name(track: Track) -> str:
    """Return a title that VLC does not split: it takes "A - B" for artist and title."""
    return track.title.replace(" - ", " – ")
