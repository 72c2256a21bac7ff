"""One writer at a time: the lock that a library's folder holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from indexer.errors import LibraryBusyError, LibraryError

# Who only looks whether somebody writes holds the lock for an instant: a writer waits that long.
_LOOKED_AT_S = 0.3


def being_written(folder: Path) -> bool:
    """Whether a process is writing to the library at this moment."""
    lock = FileLock(folder / "writing.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:
        return False  # it cannot be written at all
    lock.release()
    return False


@contextmanager
def writing_lock(folder: Path) -> Iterator[None]:
    """Hold the lock for a while; the system frees it whatever becomes of this process.

    Raises:
        LibraryBusyError: another process is writing to the library.
        LibraryError: it cannot be written.
    """
    lock = FileLock(folder / "writing.lock")
    try:
        lock.acquire(timeout=_LOOKED_AT_S, poll_interval=0.02)
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
