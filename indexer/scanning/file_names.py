"""File names compared as a person reads them: é is é, whether kept as one character or as two."""

from __future__ import annotations

import os
from pathlib import Path
from unicodedata import normalize

from indexer.scanning.remote_path import is_remote


def composed(name: str | Path) -> str:
    """Return a name or path in the form by which names are compared (Unicode's NFC).

    Only to compare with: what is opened, kept and shown is the name as it is on the disk.
    """
    return normalize("NFC", str(name))


def as_on_disk(path: Path) -> Path:
    """Return an absolute path as the disk spells it, where it is there but for how é is kept."""
    if is_remote(path) or os.path.lexists(path) or path.parent == path:
        return path
    folder = as_on_disk(path.parent)
    name = composed(path.name)
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if composed(entry.name) == name:
                    return folder / entry.name
    except OSError:
        pass
    return folder / path.name


def is_within(path: Path, folder: Path) -> bool:
    """Whether a path is a folder or lies in it, the names compared."""
    outer = folder.parts
    parts = path.parts[: len(outer)]
    return list(map(composed, parts)) == list(map(composed, outer))
