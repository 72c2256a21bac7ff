"""Where keyframes are, in groups that are open, too."""

from pathlib import Path

import pytest

from indexer.frame_sampling import sample_times
from indexer.media.keyframes import keyframes_ms
from indexer.media.readers.reader import SAMPLINGS, open_reader
from indexer.media.timeline import read_timeline
from indexer.windows import Window, tile
from tests.indexer.media.shown_frames import frames_of_each
from tests.media import WIDTH, render, steady


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_keyframes_of_open_groups_come_in_order_and_all(tmp_path: Path, suffix: str) -> None:
    path = render(tmp_path / f"clip{suffix}", steady(12), gop=25, kind="open GOP")
    keys = keyframes_ms(path)
    assert len(keys) >= 10
    reader = SAMPLINGS["keyframes"][0]
    windows = tile(Window(0, 12_000), 4_000)
    clips = list(open_reader(reader, read_timeline(path), WIDTH).clips(windows, 4))
    for clip in clips:
        wanted = {max(key for key in keys if key <= at) for at in sample_times(clip.window, 4)}
        assert clip.times_ms == tuple(sorted(wanted))
    assert [n for shown in frames_of_each(clips) for n in shown] == [
        time // 40 for clip in clips for time in clip.times_ms
    ]
