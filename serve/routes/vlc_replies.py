"""Answers as lines for the search box inside VLC: tab-separated, which Lua reads most easily."""

from __future__ import annotations

from collections.abc import Sequence

from playlist.formats.registry import Format
from playlist.tracks import Track, clock, one_line

# A line that begins so is no answer but a sentence for the user.
NOTE = "!"
# It never lies on disk, so nothing is known again by how it begins.
FORMAT = Format(
    "vlc-lines", ".tsv", "serve.routes.vlc_replies:render", b"", for_vlc=True, by_suffix=False
)


def render(tracks: Sequence[Track], title: str) -> bytes:
    """Return a line for each track: URI, start and stop in seconds, title, time, film, words."""
    del title
    lines = (
        "\t".join(
            (
                track.location,
                f"{track.start_ms / 1000:.3f}",
                f"{track.end_ms / 1000:.3f}",
                track.title,
                clock(track.start_ms),
                one_line(track.video.path.name),
                track.text,
            )
        )
        for track in tracks
    )
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def note(sentence: str) -> bytes:
    """Return a line that says something to the user."""
    return f"{NOTE}\t{one_line(sentence.splitlines()[0])}\n".encode("utf-8", "replace")
