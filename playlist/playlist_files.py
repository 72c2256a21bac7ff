"""Playlists on disk: replaced whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from indexer.errors import PlaylistError
from playlist.overwriting import CAREFUL, Overwriting
from playlist.tracks import Track


def write(path: Path, data: bytes, over: Overwriting = CAREFUL) -> None:
    """Write a file whole or not at all, in place of one that may be written over.

    A device or a pipe (/dev/stdout) is written to as it is.

    Raises:
        PlaylistError: it cannot be written there, or must not be written over.
    """
    with writable(path):
        if path.exists() and not path.is_file() and not path.is_dir():
            path.write_bytes(data)
            return
        with replacing(path, over) as part:
            part.write_bytes(data)


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """Turn what the system says against writing `path` into one sentence."""
    try:
        yield
    except OSError as error:
        raise PlaylistError(
            f"{path} cannot be written ({error.strerror or error}): choose another place with -o."
        ) from error


@contextmanager
def replacing(path: Path, over: Overwriting) -> Iterator[Path]:
    """Yield a new empty file beside `path`, which takes its place once the block has filled it.

    Raises:
        PlaylistError: `path` must not be written over; asked before and after the block.
    """
    path = path.resolve() if path.is_symlink() else path
    over.check(path)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
    with NamedTemporaryFile(
        dir=path.parent, prefix=".scenelist-", suffix=path.suffix, delete=False
    ) as file:
        part = Path(file.name)
    try:
        yield part
        over.check(path)
        part.chmod(mode)
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink()


def make_folder(folder: Path) -> None:
    """Make a folder where there is none.

    Raises:
        PlaylistError: it cannot be made there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PlaylistError(
            f"{folder} cannot be made ({error.strerror}): choose another place with -o."
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
