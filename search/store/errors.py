"""Turns LanceDB's failures to read or write into one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.errors import LibraryError


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Raise LibraryError, with the folder and the reason, where LanceDB fails."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise LibraryError(
            f"The library in {folder} cannot be used ({reason}): check the disk, its free space"
            " and its permissions."
        ) from error
