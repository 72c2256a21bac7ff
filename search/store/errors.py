"""Turns LanceDB's failures to read or write into one sentence that says what is damaged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.errors import LibraryError
from search.store.corruption import is_failure, look

# LanceDB's messages end in the places of its source on the machine that built it.
_BUILD_PATH = re.compile(r"[,:]?\s*(/\S*?)?\S*\.rs:\d+(:\d+)?")
_PREFIX = re.compile(r"^(lance error: )?(LanceError\(\w+\): )?(Generic [\w/]+ error: )?", re.ASCII)


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Raise LibraryError, with the folder and the reason, where LanceDB fails.

    What it raises for a damaged file may be anything, so it is then looked for what is damaged;
    a ValueError where nothing is would be a mistake of ours, and stays what it is.
    """
    try:
        yield
    except LibraryError:
        raise
    except BaseException as error:
        if not is_failure(error):
            raise
        damages = look(folder)
        if damages:
            raise LibraryError(damages[0].sentence) from error
        if not isinstance(error, OSError | RuntimeError):
            raise
        raise LibraryError(
            f"The library in {folder} cannot be used ({reason(error)}): check the disk, its free"
            " space and its permissions."
        ) from error


def reason(error: BaseException) -> str:
    """Return why something failed, in a few words without places in somebody's source."""
    lines = str(error).splitlines()
    if not lines:
        return type(error).__name__
    return _PREFIX.sub("", _BUILD_PATH.sub("", lines[0])).strip(" ,:")[:200]
