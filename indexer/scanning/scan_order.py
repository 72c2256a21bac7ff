"""In which order files are taken: as they were found, by their dates, or the short ones first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

ORDERS = ("found", "newest", "oldest", "short")


def ordered(
    sizes: Mapping[Path, int], order: str, length_ms: Callable[[Path], int]
) -> dict[Path, int]:
    """Return files, with their sizes in bytes, in one of `ORDERS`.

    A file's date is when it was last modified, which cameras and copies keep. `length_ms` tells how
    long a file is, 0 where that is not known: such files come last, the small ones first.
    """
    if order == "found":
        return dict(sizes)
    if order == "short":
        lengths = {path: length_ms(path) for path in sizes}
        by_length = sorted(sizes, key=lambda path: (not lengths[path], lengths[path], sizes[path]))
        return {path: sizes[path] for path in by_length}
    dates = {path: _modified_ns(path) for path in sizes}
    by_date = sorted(sizes, key=lambda path: dates[path], reverse=order == "newest")
    return {path: sizes[path] for path in by_date}


def _modified_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
