"""Stdout as others leave it: a reader that has seen enough, a disk that is full."""

from __future__ import annotations

import os
import select
import stat
import sys
from contextlib import suppress
from time import monotonic

# How long to wait for a pipe's reader to take what was printed, and then to leave.
_TAKES_S, _LEAVES_MS = 1.0, 50


def reader_has_left() -> bool:
    """Print what is waiting; where its reader (head, less) has seen enough, drop it and say so."""
    left = False
    for number in (1, 2):
        with suppress(OSError, ValueError):
            if _nobody_reads(number):
                left = True
                _to_nowhere(number)
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except BrokenPipeError:
            left = True
            _to_nowhere(stream.fileno())
    return left


def has_been_read() -> bool:
    """Print what is waiting; whether whoever reads it has taken it.

    A file has; the reader of a pipe has that is still there when the pipe is empty. Who is slow
    to read is waited for a moment.

    Raises:
        OSError: it cannot be printed.
    """
    if sys.stdout is None:
        return False
    sys.stdout.flush()
    try:
        number = sys.stdout.fileno()
        if not stat.S_ISFIFO(os.fstat(number).st_mode):
            return True
    except (OSError, ValueError):
        return True  # a stream that is no file at all
    until = monotonic() + _TAKES_S
    while _unread(number) and monotonic() < until:
        if _nobody_reads(number, 20):
            return False
    return not _nobody_reads(number, _LEAVES_MS)


def cannot_print(error: OSError) -> bool:
    """Whether an error came from printing; what is waiting to be printed is dropped then."""
    if error.filename is not None:
        return False
    failing = []
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            if stream is not None:
                stream.flush()  # what could not be written is still waiting
                if number == 1 and getattr(stream, "write_through", False):
                    os.write(number, b"\n")  # unbuffered, nothing waits: only a write tells
        except OSError:
            failing.append(number)
    for number in failing:
        _to_nowhere(number)
    return bool(failing)


def _to_nowhere(number: int) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)


def _nobody_reads(number: int, wait_ms: int = 0) -> bool:
    """Whether a file descriptor is a pipe whose other end is closed, or is within so long."""
    if not hasattr(select, "poll"):
        return False  # on Windows only a write finds out
    asked = select.poll()
    asked.register(number, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in asked.poll(wait_ms))


def _unread(number: int) -> int:
    """Return how many bytes wait in a pipe; 0 where the system does not tell."""
    try:
        import fcntl
        import termios

        held = fcntl.ioctl(number, termios.FIONREAD, b"\0\0\0\0")
    except (ImportError, OSError):
        return 0
    return int.from_bytes(held, sys.byteorder)
