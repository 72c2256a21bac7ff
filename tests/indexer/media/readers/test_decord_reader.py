"""What decord has to be able to read."""

from pathlib import Path

from tests.indexer.media.shown_frames import usable
from tests.media import render, steady


def test_decord_reads_the_ordinary_formats(tmp_path: Path) -> None:
    """The tests above may not skip decord away."""
    for suffix in (".mp4", ".mkv", ".webm"):
        path = render(tmp_path / f"clip{suffix}", steady(3))
        assert usable(path, "decord"), suffix
