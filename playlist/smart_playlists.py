"""Smart playlists: the answers of saved searches as files, written anew as the library changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.errors import PlaylistError, RequestError, ScenelistError
from playlist.formats.registry import FILM_SUFFIXES, Format, format_for, suffixes
from playlist.overwriting import Overwriting
from playlist.tracks import tracks_of_moments
from playlist.write_playlist import publish

if TYPE_CHECKING:
    from search.library import Library
    from search.saved_searches import SavedSearch


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What became of a playlist: how many moments it has, and how many are `missing` on this disk.

    Without any there is no file, and `removed` says that there was one before; `changed` that it
    is another one now.
    """

    moments: int
    missing: int
    removed: bool
    changed: bool


def playlist_format(path: Path) -> Format:
    """Return the format that a smart playlist's name asks for.

    Raises:
        RequestError: it asks for none, or for what is no playlist.
        PlaylistError: there is something at `path` that cannot be kept fresh.
    """
    if str(path) == "-":
        raise RequestError(
            "A playlist that is kept fresh is a file, not stdout: give it a name with -o, or"
            " `scenelist search @NAME -o -` writes one."
        )
    if path.suffix.lower() in FILM_SUFFIXES:
        raise RequestError(
            f"{path} would be a film, and a playlist is kept fresh: use one of"
            f" {', '.join(suffixes())}; `scenelist search @NAME -o {path.name}` joins a film."
        )
    if path.exists() and not path.is_file():
        raise PlaylistError(f"{path} is no file that can be written anew: choose another name.")
    if path.suffix.lower() not in {"", *suffixes()}:
        raise RequestError(
            f"No playlist ends in {path.suffix}: use one of {', '.join(suffixes())}."
        )
    return format_for(path, None)


def refresh(library: Library, saved: SavedSearch, *, force: bool = False) -> Refreshed:
    """Write a saved search's playlist anew; where there is nothing to write, remove it.

    With `force` also over a file that Scenelist did not make.

    Raises:
        ScenelistError: the file cannot be written, or the search not be made.
    """
    path = Path(saved.playlist)
    known, before = playlist_format(path), _read(path)
    over = Overwriting(library.paths, library.folder, force)
    tracks = tracks_of_moments(library.search(saved.query, saved.limit))
    written = publish(tracks, f"@{saved.name}", path, known, over=over)
    removed = before is not None and not path.exists()
    changed = removed or (bool(written.data) and written.data != before)
    count = len(tracks) - written.missing - written.unheld
    return Refreshed(count, written.missing, removed, changed)


def refresh_all(library: Library) -> Iterator[str]:
    """Write all saved searches' playlists anew; yield a sentence for each that changed or failed.

    Whatever changes a library calls this when it is done.
    """
    for saved in library.saved.all():
        if saved.playlist:
            try:
                made = refresh(library, saved)
            except ScenelistError as error:
                told = " ".join(str(error).split())
                if isinstance(error, PlaylistError):
                    told += f" `scenelist save {saved.name}` takes these options, no other command."
                yield f"The playlist of @{saved.name} is as it was: {told}"
                continue
            if made.removed:
                yield f"Removed {saved.playlist}: nothing that plays answers @{saved.name} now."
            elif made.changed:
                count = f"{made.moments} {'moment' if made.moments == 1 else 'moments'}"
                yield f"Playlist of @{saved.name}: {saved.playlist} ({count})"


def _read(path: Path) -> bytes | None:
    """Return what a file holds; None where there is none."""
    with suppress(OSError):
        return path.read_bytes()
    return None
