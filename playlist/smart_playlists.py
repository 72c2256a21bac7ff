"""Smart playlists: the answers of saved searches as files, written anew when there is more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from indexer.errors import ScenelistError
from playlist.formats.registry import format_for
from playlist.tracks import tracks_of_moments
from playlist.write_playlist import publish
from search.library import Library
from search.saved_searches import SavedSearch


def refresh(library: Library, saved: SavedSearch) -> int:
    """Write a saved search's playlist anew; return how many moments are in it.

    Raises:
        ScenelistError: the file cannot be written, or the search not be made.
    """
    path = Path(saved.playlist)
    tracks = tracks_of_moments(library.search(saved.query, saved.limit))
    written = publish(tracks, f"@{saved.name}", path, format_for(path, None))
    return len(tracks) - written.missing


def refresh_all(library: Library) -> Iterator[str]:
    """Write all saved searches' playlists anew; yield a sentence for each that could not be."""
    for saved in library.saved.all():
        if saved.playlist:
            try:
                refresh(library, saved)
            except ScenelistError as error:
                yield f"The playlist of @{saved.name} is as it was: {error}"
