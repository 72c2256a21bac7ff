"""One writer at a time: the lock that a library's folder holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from indexer.errors import LibraryBusyError, LibraryError


@contextmanager
def writing_lock(folder: Path) -> Iterator[None]:
    """Hold the lock for a while; the system frees it whatever becomes of this process.

    Raises:
        LibraryBusyError: another process is writing to the library.
        LibraryError: it cannot be written.
    """
    lock = FileLock(folder / "writing.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise LibraryBusyError(
            f"Another scenelist is writing to the library in {folder}:"
            " wait until it is done, or stop it."
        ) from None
    except OSError as error:
        raise LibraryError(
            f"The library in {folder} cannot be written ({error.strerror}): check its permissions."
        ) from error
    try:
        yield
    finally:
        lock.release()
