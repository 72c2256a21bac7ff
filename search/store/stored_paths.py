"""Paths as the tables hold them: any file name, also one that is not UTF-8, as valid text."""

import os
from pathlib import Path

from indexer.scanning.remote_path import RemotePath, is_remote

# A byte that is no UTF-8 (a lone surrogate in Python's text) is kept as this plus the byte in a
# private area of Unicode, since a database column must be valid text.
_PRIVATE = 0x10FE00
_SURROGATE = 0xDC00


def to_text(path: Path) -> str:
    """Return a path as valid Unicode; `to_path` turns it back."""
    return "".join(
        chr(ord(c) - _SURROGATE + _PRIVATE) if 0xDC80 <= ord(c) <= 0xDCFF else c
        for c in os.fspath(path)
    )


def to_path(text: str) -> Path:
    """Return the path that `to_text` made into text."""
    name = "".join(
        chr(ord(c) - _PRIVATE + _SURROGATE) if 0x80 <= ord(c) - _PRIVATE <= 0xFF else c
        for c in text
    )
    # Not `remote`: a library can be read where no storage can be.
    return RemotePath(name) if is_remote(name) else Path(name)
