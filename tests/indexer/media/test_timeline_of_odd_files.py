"""Files that break off, leap or stand: read as far as they can be believed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.errors import VideoError
from indexer.media.opening import decoded, opened
from indexer.media.readers.reader import open_reader
from indexer.media.timeline import read_timeline
from indexer.video import video_of
from indexer.windows import Window, tile
from tests.indexer.media.shown_frames import frames_of, read
from tests.media import WIDTH, render, steady


def test_decoding_may_begin_again(tmp_path: Path) -> None:
    """As where a seek led too far: from the start, then."""
    path = render(tmp_path / "clip.mp4", steady(2))
    with opened(path) as container:
        stream = container.streams.video[0]
        next(decoded(container, stream))
        container.seek(0)
        assert len(list(decoded(container, stream))) == 50


def test_a_picture_that_stands_for_hours_is_not_described_for_hours(tmp_path: Path) -> None:
    """A slide is seen for ten minutes of windows; then again when something changes."""
    times = [*steady(4), 7_200_000, 7_201_000]
    video = video_of(read_timeline(render(tmp_path / "slides.mkv", times)))
    windows = video.windows(10_000, 10_000)
    assert [w for w in windows if 620_000 < w.end_ms < 7_199_000] == []
    assert windows[0].start_ms == 0
    assert windows[-1].end_ms == video.span.end_ms
    assert len(windows) < 65


def test_time_stamps_that_leap_for_years_are_not_believed(tmp_path: Path) -> None:
    times = [*steady(4), 10**12, 10**12 + 40]
    timeline = read_timeline(render(tmp_path / "leap.mkv", times))
    assert timeline.end_ms == 4_000
    assert timeline.note == "its time stamps leap"
    (clip,) = open_reader("pyav", timeline, WIDTH).clips([Window(0, 4_000)], 4)
    assert len(clip.times_ms) == 4


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("this is no video\n" * 100)


def headless(path: Path) -> None:
    """An mp4 cut before its index."""
    whole = render(path.with_name("whole.mp4"), steady(4)).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


@pytest.mark.parametrize(
    ("make", "sentence"), [(empty, "empty"), (text, "not a video"), (headless, "damaged")]
)
def test_what_cannot_be_read_is_said_in_words(
    tmp_path: Path, make: Callable[[Path], None], sentence: str
) -> None:
    path = tmp_path / "bad.mp4"
    make(path)
    with pytest.raises(VideoError, match=sentence):
        read_timeline(path)


def test_a_truncated_file_is_read_up_to_the_cut(tmp_path: Path) -> None:
    whole = render(tmp_path / "whole.mkv", steady(12)).read_bytes()
    path = tmp_path / "cut.mkv"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    timeline = read_timeline(path)
    assert 4_000 < timeline.end_ms < 11_000
    windows = tile(Window(0, timeline.end_ms), 3_000)
    clips = read(path, "pyav", windows)
    assert len(clips) == len(windows)
    assert frames_of(clips[-1])[-1] <= timeline.end_ms / 40
