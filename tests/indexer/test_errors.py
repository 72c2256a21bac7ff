"""Which errors say that memory did not suffice."""

import errno

import pytest

from indexer.errors import LibraryError, is_out_of_memory


def behind(error: BaseException) -> LibraryError:
    made = LibraryError("check the disk")
    made.__cause__ = error
    return made


@pytest.mark.parametrize(
    ("error", "is_it"),
    [
        (MemoryError(), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate"), True),
        (RuntimeError("can't start new thread"), True),
        (ImportError("libx.so: failed to map segment from shared object"), True),
        (behind(RuntimeError("lance: Cannot allocate memory (os error 12)")), True),
        (OSError(errno.ENOSPC, "No space left on device"), False),
        (RuntimeError("a bug"), False),
        (behind(OSError(errno.EACCES, "Permission denied")), False),
    ],
)
def test_what_says_that_memory_did_not_suffice(error: BaseException, is_it: bool) -> None:
    assert is_out_of_memory(error) is is_it
