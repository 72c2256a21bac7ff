"""Fingerprints follow a file's content."""

import os
from pathlib import Path

from indexer.scanning.fingerprint import fingerprint


def test_a_fingerprint_follows_the_content_not_the_name(tmp_path: Path) -> None:
    one, two, other = (tmp_path / name for name in ("a", "b", "c"))
    one.write_bytes(b"same")
    two.write_bytes(b"same")
    other.write_bytes(b"Same")
    assert fingerprint(one) == fingerprint(two) != fingerprint(other)


def test_a_large_file_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "big"
    with path.open("wb") as file:
        file.truncate(300_000_000)  # sparse: takes no room
    before = fingerprint(path)
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"x")
    assert fingerprint(path) != before, "the end counts"
    with path.open("ab") as file:
        file.write(b"x")
    assert fingerprint(path) != before, "the size counts"
