"""Places in a video as they are written."""

from pathlib import Path

import pytest

from answering.video_reference import VideoReference, read_reference
from indexer.errors import RequestError
from indexer.video import Video
from indexer.windows import Window

VIDEO = Video(Path("film.mp4"), "f", 1, 1, 60_000, Window(0, 60_000), 64, 48)


def test_a_place_is_read(tmp_path: Path) -> None:
    assert read_reference("a.mp4") == VideoReference(Path("a.mp4"))
    assert read_reference("a@b.mp4@1:30") == VideoReference(Path("a@b.mp4"), 90_000)
    assert read_reference("a.mp4@90s-1m40s") == VideoReference(Path("a.mp4"), 90_000, 100_000)
    odd = tmp_path / "me@1:30"
    odd.touch()
    assert read_reference(str(odd)) == VideoReference(odd)


def test_a_place_is_cut_to_the_video() -> None:
    assert VideoReference(VIDEO.path).within(VIDEO) == Window(0, 60_000)
    assert VideoReference(VIDEO.path, 1_000).within(VIDEO) == Window(0, 4_000)
    assert VideoReference(VIDEO.path, 50_000, 70_000).within(VIDEO) == Window(50_000, 60_000)
    with pytest.raises(RequestError, match="ends at 60 s"):
        VideoReference(VIDEO.path, 60_000).within(VIDEO)
