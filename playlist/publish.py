"""From tracks to a playlist: what is missing left out, streams started in time, written whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from playlist.files import present, write
from playlist.formats import Format
from playlist.seeking import start_for_vlc_ms
from playlist.tracks import Track


@dataclass(frozen=True, slots=True)
class Published:
    """A playlist's bytes, empty if there was nothing to play, and how many tracks were missing."""

    data: bytes
    missing: int


def publish(tracks: Sequence[Track], title: str, path: Path | None, known: Format) -> Published:
    """Render tracks in a format and write them to `path`, if there is one.

    Raises:
        PlaylistError: the file cannot be written.
    """
    here = present(tracks)
    missing = len(tracks) - len(here)
    if not here:
        return Published(b"", missing)
    starts = [replace(t, start_ms=start_for_vlc_ms(t.video.path, t.start_ms)) for t in here]
    data = known.render(starts, title)
    if path is not None:
        write(path, data)
    return Published(data, missing)
