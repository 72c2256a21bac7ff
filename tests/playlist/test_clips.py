"""Clips take names that are free."""

from pathlib import Path

from indexer.video import Video
from indexer.windows import Window
from playlist.clips import cut_apart
from playlist.tracks import Track, track
from tests.media import render, steady


def moment(path: Path, start_ms: int = 0) -> Track:
    known = Video(path, "f", 1, 2, 20_000, Window(0, 20_000), 320, 64)
    return track(known, start_ms, start_ms + 1_000, "words")


def test_clips_take_free_names(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mkv", steady(4))
    folder = tmp_path / "clips"
    folder.mkdir()
    (folder / "01-words.mkv").write_text("mine")
    for _ in range(2):
        (clip,) = cut_apart([moment(path)], folder, reencode=False)
        assert clip.path == folder / "01-words-2.mkv"
    assert (folder / "01-words.mkv").read_text() == "mine"
