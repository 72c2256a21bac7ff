"""From tracks to a playlist: what is missing left out, started in time, written whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from playlist.files import present, write
from playlist.formats import Format
from playlist.places import Places
from playlist.seeking import start_for_vlc_ms
from playlist.tracks import Track


@dataclass(frozen=True, slots=True)
class Published:
    """A playlist's bytes, empty if there was nothing to play, and how many tracks were missing."""

    data: bytes
    missing: int


def publish(
    tracks: Sequence[Track],
    title: str,
    path: Path | None,
    known: Format,
    places: Places = Places(),  # noqa: B008 - it is immutable
) -> Published:
    """Render tracks in a format and write them to `path`, if there is one.

    Raises:
        PlaylistError: the file cannot be written.
    """
    here = {id(track) for track in present(tracks)}
    kept = [track for track in tracks if id(track) in here or places.mapped(track)]
    missing = len(tracks) - len(kept)
    if not kept:
        return Published(b"", missing)
    rates: dict[Path, Fraction] = {}
    ready = [places.placed(_fitted(track, known, rates)) for track in kept]
    data = known.render(ready, title)
    if path is not None:
        write(path, data)
    return Published(data, missing)


def _fitted(track: Track, known: Format, rates: dict[Path, Fraction]) -> Track:
    """Return a track with what its format needs to know of the file."""
    path = track.video.path
    if known.for_vlc:
        return replace(track, start_ms=start_for_vlc_ms(path, track.start_ms))
    if known.cut_on_frames:
        from indexer.stills import frame_rate  # brings a decoder: only where it is needed

        if path not in rates:
            rates[path] = frame_rate(path)
        return replace(track, rate=rates[path])
    return track
