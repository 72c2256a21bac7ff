"""Playlists on disk: a name made from the question, replaced whole or not at all."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from indexer.errors import PlaylistError
from playlist.tracks import Track

_LONGEST_NAME_BYTES = 100
_RESERVED = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))}


def name_for(query: str, suffix: str) -> str:
    """Return a file name for a question: its letters and digits of any script, joined by dashes.

    >>> name_for("A dog catches a frisbee!", ".xspf")
    'a-dog-catches-a-frisbee.xspf'
    """
    kept = [
        character if unicodedata.category(character)[0] in "LNM" else " "
        for character in unicodedata.normalize("NFC", query.casefold())
    ]
    stem = "-".join("".join(kept).split())
    cut = stem.encode()[:_LONGEST_NAME_BYTES].decode(errors="ignore")
    if len(cut) < len(stem) and "-" in cut:
        cut = cut.rsplit("-", 1)[0]
    if not cut or cut in _RESERVED:
        cut = f"moments-{cut}".strip("-")
    return cut + suffix


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, in place of one that is there.

    Raises:
        PlaylistError: it cannot be written there.
    """
    path = path.resolve() if path.is_symlink() else path
    part: Path | None = None
    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        with NamedTemporaryFile(dir=path.parent, prefix=".scenelist-", delete=False) as file:
            part = Path(file.name)
            file.write(data)
        part.chmod(mode)
        part.replace(path)
    except OSError as error:
        if part is not None:
            with suppress(OSError):
                part.unlink()
        raise PlaylistError(
            f"{path} cannot be written ({error.strerror}): choose another place with -o."
        ) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def present(tracks: Sequence[Track]) -> list[Track]:
    """Return the tracks whose files are here: players wait seconds for each that is not."""
    here: dict[Path, bool] = {}
    for track in tracks:
        if track.video.path not in here:
            here[track.video.path] = track.video.path.exists()
    return [track for track in tracks if here[track.video.path]]
