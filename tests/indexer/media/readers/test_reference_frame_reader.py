"""Frames that nothing is built on are left out, and no picture changes."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from av.video.frame import VideoFrame

from indexer.media.readers.pyav_reader import PyAVReader
from indexer.media.readers.reference_frame_reader import SparseReader
from indexer.windows import Window, tile
from tests.indexer.media.shown_frames import read
from tests.media import render, steady


def test_leaving_frames_out_changes_no_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the last bit, of h264 where some B-frames are built on others and most are not."""
    path = render(tmp_path / "clip.mkv", steady(30), kind="B pyramid")
    windows = tile(Window(0, 30_000), 10_000)
    counts = Counter[str]()

    def counted(reader: type[PyAVReader]) -> None:
        frames = reader._frames

        def count(self: PyAVReader, *arguments: Any) -> Iterator[VideoFrame]:
            for frame in frames(self, *arguments):
                counts[reader.__name__] += 1
                yield frame

        monkeypatch.setattr(reader, "_frames", count)

    for reader in (PyAVReader, SparseReader):
        counted(reader)
    for one, other in zip(
        read(path, "sparse", windows, 8), read(path, "pyav", windows, 8), strict=True
    ):
        assert one.times_ms == other.times_ms
        assert (one.frames == other.frames).all()
    assert counts["SparseReader"] < 0.7 * counts["PyAVReader"]
