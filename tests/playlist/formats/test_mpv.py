"""mpv's edit list: names and titles are counted in bytes, so that any may occur."""

from pathlib import Path

from indexer.video import Video
from indexer.windows import Window
from playlist.formats.mpv import render
from playlist.tracks import track


def test_what_would_end_a_field_is_counted() -> None:
    video = Video(Path("/v/é, %.mkv"), "f", 1, 0, 60_000, Window(0, 60_000), 64, 48)
    lines = render([track(video, 1_500, 4_000, "a dog")], "dogs").decode().splitlines()
    title = lines[2].partition("title=")[2]
    assert lines[:2] == ["# mpv EDL v0", "# Made by Scenelist"]
    assert lines[2].startswith("%12%/v/é, %.mkv,1.500,2.500,title=%")
    length, _, words = title.removeprefix("%").partition("%")
    assert int(length) == len(words.encode())


def test_a_name_that_is_not_utf8_keeps_its_bytes() -> None:
    video = Video(Path("/v/\udcff.mkv"), "f", 1, 0, 60_000, Window(0, 60_000), 64, 48)
    assert b"%8%/v/\xff.mkv,0.000,2.000" in render([track(video, 0, 2_000, "a dog")], "dogs")
