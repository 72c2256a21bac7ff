"""Keyframes alone, also where a clip begins without one."""

import subprocess
from pathlib import Path
from shutil import which

import pytest

from indexer.media.readers.reader import SAMPLINGS, open_reader
from indexer.media.timeline import read_timeline
from indexer.windows import Window, tile
from tests.indexer.media.shown_frames import frames_of_each
from tests.media import WIDTH, render, steady


def cut_inside_a_group(folder: Path) -> Path:
    """An mp4 whose only keyframe lies before the start of its edit."""
    if which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    whole, part = folder / "whole.mp4", folder / "part.mp4"
    render(whole, steady(8), gop=1_000)
    subprocess.run(
        ["ffmpeg", "-v", "error", "-ss", "5", "-i", whole, "-c", "copy", part],
        check=True,
        timeout=300,
    )
    return part


def test_keyframes_fall_back_where_a_clip_begins_without_one(tmp_path: Path) -> None:
    path = cut_inside_a_group(tmp_path)
    timeline = read_timeline(path)
    windows = tile(Window(0, timeline.end_ms), 1_000)
    even = frames_of_each(open_reader("pyav", timeline, WIDTH).clips(windows, 2))
    first, *others = SAMPLINGS["keyframes"]
    assert frames_of_each(open_reader(first, timeline, WIDTH).clips(windows, 2)) == even
    assert others == list(SAMPLINGS["even"]), "and where that reader crashes"
    assert even[0] == [125 + 6, 125 + 18]


@pytest.mark.shared
def test_a_clip_that_was_cut_inside_a_group(shared_media: Path) -> None:
    path = shared_media.parent / "faults/cut_inside_gop.mp4"
    if not path.exists():
        pytest.skip("no such file")
    timeline = read_timeline(path)
    (clip,) = open_reader(SAMPLINGS["keyframes"][0], timeline, 64).clips([Window(0, 3_000)], 4)
    assert len(clip.times_ms) == 4
