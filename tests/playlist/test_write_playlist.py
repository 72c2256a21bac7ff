"""What is left out of a playlist is counted."""

from pathlib import Path

from indexer.video import Video
from indexer.windows import Window
from playlist.formats.registry import FORMATS
from playlist.tracks import track
from playlist.write_playlist import publish
from tests.media import render as render_video
from tests.media import steady


def video(path: str = "/films/a.mp4", duration_ms: int = 60_000) -> Video:
    return Video(Path(path), "f", 1, 2, duration_ms, Window(0, max(1, duration_ms)), 64, 48)


def test_missing_files_are_left_out_and_counted(tmp_path: Path) -> None:
    here = render_video(tmp_path / "here.mkv", steady(2))
    tracks = [track(video(str(p)), 0, 1_000, "x") for p in (here, tmp_path / "gone.mkv")]
    published = publish(tracks, "q", None, FORMATS[0])
    assert published.missing == 1
    assert published.data.count(b"<track>") == 1
    assert publish(tracks[1:], "q", tmp_path / "list.xspf", FORMATS[0]).data == b""
    assert not (tmp_path / "list.xspf").exists()
