"""From tracks to a playlist: what is missing left out, started in time, written whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from indexer.errors import RequestError
from playlist.formats.registry import Format
from playlist.overwriting import CAREFUL, Overwriting
from playlist.path_mapping import AS_THEY_ARE, Places
from playlist.playlist_files import present, write
from playlist.tracks import Track, counted_rate, most_common_rate
from playlist.vlc_start import start_for_vlc_ms


@dataclass(frozen=True, slots=True)
class Published:
    """A playlist's bytes, empty if there was nothing to play.

    `missing` tracks were left out because their files are not here, `unheld` ones because the
    format cannot hold them; `recounted` ones are of another frame rate than the one the list is
    counted in, so their cuts may be a frame off. `rate` is what a list is counted in whose reader
    has to be told.
    """

    data: bytes
    missing: int
    recounted: int = 0
    unheld: int = 0
    rate: Fraction | None = None


def publish(
    tracks: Sequence[Track],
    title: str,
    path: Path | None,
    known: Format,
    places: Places = AS_THEY_ARE,
    rate: Fraction | None = None,
    over: Overwriting = CAREFUL,
) -> Published:
    """Render tracks in a format and write them to `path`, if there is one.

    `rate` is the frame rate of an edit list that has one; else it is the one most files have.
    `over` judges whether `path` may be written over. Where there is nothing to write, an older
    answer of ours at `path` is removed, so that it is not taken for this one.

    Raises:
        PlaylistError: the file cannot be written, or must not be written over.
        RequestError: the format can hold none of the tracks.
    """
    here = {id(track) for track in present(tracks)}
    kept = [t for t in tracks if known.data or id(t) in here or places.mapped(t)]
    missing = len(tracks) - len(kept)
    if not kept:
        if path is not None:
            over.remove_stale(path)
        return Published(b"", missing)
    rates: dict[Path, Fraction] = {}
    ready = [places.placed(_fitted(track, known, rates)) for track in kept]
    recounted, counted = 0, None
    if known.one_rate:
        counted = counted_rate(rate or most_common_rate(ready))
        recounted = sum((counted / track.rate).denominator != 1 for track in ready)
        ready = [replace(track, rate=counted) for track in ready]
    data, unheld = _rendered(ready, title, known)
    if path is not None:
        write(path, data, over.reading(track.video.path for track in tracks))
    return Published(data, missing, recounted, unheld, counted)


def _rendered(tracks: Sequence[Track], title: str, known: Format) -> tuple[bytes, int]:
    """Return the bytes of those tracks that the format can hold, and how many it cannot."""
    try:
        return known.render(tracks, title), 0
    except RequestError:
        held = [track for track in tracks if _holds(known, track)]
        if not held or len(held) == len(tracks):
            raise
        return known.render(held, title), len(tracks) - len(held)


def _holds(known: Format, track: Track) -> bool:
    try:
        known.render([track], "")
    except RequestError:
        return False
    return True


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
