"""From tracks to a playlist: what is missing left out, started in time, written whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from playlist.files import present, write
from playlist.formats.registry import Format
from playlist.locations import AS_THEY_ARE, Places
from playlist.tracks import Track, most_common_rate
from playlist.vlc_start import start_for_vlc_ms


@dataclass(frozen=True, slots=True)
class Published:
    """A playlist's bytes, empty if there was nothing to play.

    `missing` tracks were left out because their files are not here; `recounted` ones are of
    another frame rate than the one the list is counted in, so their cuts may be a frame off.
    """

    data: bytes
    missing: int
    recounted: int = 0


def publish(
    tracks: Sequence[Track],
    title: str,
    path: Path | None,
    known: Format,
    places: Places = AS_THEY_ARE,
    rate: Fraction | None = None,
) -> Published:
    """Render tracks in a format and write them to `path`, if there is one.

    `rate` is the frame rate of an edit list that has one; else it is the one most files have.

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
    recounted = 0
    if known.one_rate:
        chosen = rate or most_common_rate(ready)
        recounted = sum(track.rate != chosen for track in ready)
        ready = [replace(track, rate=chosen) for track in ready]
    data = known.render(ready, title)
    if path is not None:
        write(path, data)
    return Published(data, missing, recounted)


def _fitted(track: Track, known: Format, rates: dict[Path, Fraction]) -> Track:
    """Return a track with what its format needs to know of the file."""
    path = track.video.path
    if known.for_vlc:
        return replace(track, start_ms=start_for_vlc_ms(path, track.start_ms))
    if known.cut_on_frames:
        from indexer.media.thumbnails import frame_rate  # brings a decoder: only where it is needed

        if path not in rates:
            rates[path] = frame_rate(path)
        return replace(track, rate=rates[path])
    return track
