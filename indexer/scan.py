"""Finds the video files among what a person points at."""

import os
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

from indexer.errors import RequestError

VIDEO_SUFFIXES = frozenset(
    f".{name}"
    for names in (
        ("mp4", "m4v", "mov", "qt", "f4v", "3gp", "3g2"),
        ("mkv", "webm", "ogv", "ogm", "flv", "rm", "rmvb"),
        ("avi", "divx", "wmv", "asf", "dv", "mxf", "y4m", "mjpeg", "mjpg"),
        ("ts", "mts", "m2t", "m2ts", "mpg", "mpeg", "mpe", "m2v", "vob", "h264"),
    )
    for name in names
)


def absolute(path: str | Path) -> Path:
    """Return a path as the library keeps it: absolute, `~` and `..` gone, links not followed."""
    return Path(os.path.abspath(Path(path).expanduser()))


def scan(
    paths: Sequence[Path],
    exclude: Sequence[str] = (),
    on_error: Callable[[Path, str], None] = lambda path, error: None,
) -> Iterator[Path]:
    """Yield absolute paths: files as named, folders' video files in order, each path once.

    Folders are walked by video suffix; hidden files and folders are left out, and so is what
    matches one of the `exclude` globs by its name or whole path. `on_error` hears of folders
    that cannot be read.

    Raises:
        RequestError: a path does not exist.
    """
    roots = [absolute(path) for path in paths]
    for root in roots:
        if not os.path.lexists(root):
            raise RequestError(f"There is no file or folder {root}: check the path.")
    yielded: set[Path] = set()
    for root in roots:
        found = _walk(root, exclude, on_error, set()) if root.is_dir() else iter([root])
        for path in found:
            if path not in yielded:
                yielded.add(path)
                yield path


def _walk(
    folder: Path,
    exclude: Sequence[str],
    on_error: Callable[[Path, str], None],
    above: set[tuple[int, int]],
) -> Iterator[Path]:
    """Yield a folder's videos, then those of its folders; `above` breaks loops of links."""
    try:
        status = folder.stat()
        identity = (status.st_dev, status.st_ino)
        if identity in above:
            return
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        on_error(folder, error.strerror or str(error))
        return
    folders = []
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith(".") or _excluded(path, exclude):
            continue
        try:
            if entry.is_dir():
                folders.append(path)
            elif path.suffix.lower() in VIDEO_SUFFIXES and entry.is_file():
                yield path
        except OSError as error:
            on_error(path, error.strerror or str(error))
    for path in folders:
        yield from _walk(path, exclude, on_error, above | {identity})


def _excluded(path: Path, exclude: Sequence[str]) -> bool:
    return any(fnmatch(path.name, glob) or fnmatch(str(path), glob) for glob in exclude)
