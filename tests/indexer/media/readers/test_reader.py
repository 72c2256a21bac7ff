"""One contract for every reader: the frames on screen at the wanted times, whatever the file."""

import subprocess
from pathlib import Path
from shutil import which

import pytest

from indexer.errors import VideoError
from indexer.frame_sampling import sample_times
from indexer.media.readers.reader import READERS, SAMPLINGS, open_reader
from indexer.media.timeline import read_timeline
from indexer.windows import Window, tile
from tests.indexer.media.shown_frames import frames_of, luma, odd_sized, read, usable
from tests.media import HEIGHT, WIDTH, barcode, read_barcode, render, steady

VARIABLE = [0, 40, 80, 1_000, 1_033, 2_500, 2_540, 6_000, 6_010, 9_000, 9_500, 9_533]
# What each file is: its suffix, its frames' times, and how it is written.
FILES: dict[str, tuple[str, list[int]]] = {
    "AV1": (".mp4", steady(12)),
    "HEVC 10 bit": (".mkv", steady(12)),
    "MJPEG": (".mov", steady(12)),
    "Sorenson H.263": (".flv", steady(12)),
    "MPEG-4": (".3gp", steady(12)),
    "MPEG-4 in AVI": (".avi", steady(12)),
    "open GOP": (".mp4", steady(12)),
    "open GOP in Matroska": (".mkv", steady(12)),
    "HEVC": (".mp4", steady(12)),
    "MPEG-2": (".ts", steady(12)),
    "fragmented": (".mp4", steady(12)),
    "VP8": (".webm", steady(12)),
    "WMV": (".wmv", steady(12)),
    "mp4": (".mp4", steady(12)),
    "mkv": (".mkv", steady(12)),
    "webm": (".webm", steady(12)),
    "avi": (".avi", steady(12)),
    "ts": (".ts", steady(12)),
    "flv": (".flv", steady(12)),
    "mpg": (".mpg", steady(12)),
    "variable rate": (".mp4", VARIABLE),
    "variable rate mkv": (".mkv", VARIABLE),
    "one frame": (".mp4", [0]),
    "late start": (".mkv", [1_520 + t for t in steady(4)]),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", FILES)
def test_the_frame_on_screen_at_each_wanted_time(tmp_path: Path, reader: str, kind: str) -> None:
    suffix, times = FILES[kind]
    path = render(tmp_path / f"clip{suffix}", times, kind=kind.split(" in ", maxsplit=1)[0])
    timeline = read_timeline(path)
    assert len(timeline.times_ms) == len(times)
    start_ms = times[0]
    assert abs(timeline.times_ms[0] - start_ms) <= 1, "the player's clock"
    if not usable(path, reader):
        assert reader != "pyav", "PyAV reads everything"
        pytest.skip("this reader declines the file, PyAV reads it")
    windows = tile(Window(int(timeline.times_ms[0]), timeline.end_ms), 3_000, 2_000)
    clips = read(path, reader, windows)
    assert [clip.window for clip in clips] == windows
    for clip in clips:
        shown = []
        for moment in sample_times(clip.window, 4):
            before = [i for i, time in enumerate(times) if time <= moment + 1]
            shown.append(before[-1] if before else 0)
        assert frames_of(clip) == sorted(set(shown))
        assert all(
            abs(time - times[frame]) <= 1
            for time, frame in zip(clip.times_ms, frames_of(clip), strict=True)
        )


@pytest.mark.parametrize("reader", READERS)
def test_reading_some_windows_gives_the_same_frames_as_reading_all(
    tmp_path: Path, reader: str
) -> None:
    """An interrupted run goes on with the windows that are left, also far into the file."""
    path = render(tmp_path / "clip.mp4", steady(90, 10), gop=100)
    timeline = read_timeline(path)
    windows = tile(Window(0, timeline.end_ms), 10_000)
    whole = read(path, reader, windows)
    some = read(path, reader, [windows[0], windows[5], windows[8]])
    for one, other in zip(some, [whole[0], whole[5], whole[8]], strict=True):
        assert one.times_ms == other.times_ms
        assert frames_of(one) == frames_of(other)


@pytest.mark.parametrize("reader", READERS)
def test_frames_are_shrunk_to_the_edge_and_never_enlarged(tmp_path: Path, reader: str) -> None:
    path = render(tmp_path / "clip.mp4", steady(1))
    timeline = read_timeline(path)
    (small,) = open_reader(reader, timeline, 64).clips([Window(0, 1_000)], 2)
    assert small.frames.shape == (2, round(64 * HEIGHT / WIDTH), 64, 3)
    (whole,) = open_reader(reader, timeline, 4_000).clips([Window(0, 1_000)], 2)
    assert whole.frames.shape == (2, HEIGHT, WIDTH, 3)


def test_keyframes_alone_are_a_quick_look(tmp_path: Path) -> None:
    """Of each wanted time the last keyframe, also far beyond the last one, and after seeking."""
    path = render(tmp_path / "clip.mkv", steady(60), gop=50)
    timeline = read_timeline(path)
    reader, *_ = SAMPLINGS["keyframes"]
    windows = [Window(0, 10_000), Window(47_000, 50_000), Window(59_000, 60_000)]
    clips = list(open_reader(reader, timeline, WIDTH).clips(windows, 4))
    assert [clip.window for clip in clips] == windows
    keys = [frames_of(clip) for clip in clips]
    assert all(number % 50 == 0 for shown in keys for number in shown)
    assert keys[0] == [0, 50, 150, 200]
    assert keys[2] == [1450]
    assert clips[2].times_ms == (58_000,)
    one = render(tmp_path / "one key.mp4", steady(20), gop=1_000)
    (last,) = open_reader(reader, read_timeline(one), WIDTH).clips([Window(18_000, 20_000)], 4)
    assert frames_of(last) == [0]


@pytest.mark.parametrize(("width", "height"), [(2, 2), (2, 512), (4096, 16)])
def test_pictures_of_absurd_shape_are_read(tmp_path: Path, width: int, height: int) -> None:
    path = render(tmp_path / "odd.mkv", steady(1), picture=odd_sized(width, height), kind="VP8")
    timeline = read_timeline(path)
    (clip,) = open_reader("pyav", timeline, 512).clips([Window(0, 1_000)], 1)
    assert 1 <= min(clip.frames.shape[1:3]) <= max(clip.frames.shape[1:3]) <= 512


def test_a_thousand_frames_a_second_and_an_endless_claim(tmp_path: Path) -> None:
    fast = render(tmp_path / "fast.mkv", list(range(0, 1_500)), picture=odd_sized(64, 48))
    timeline = read_timeline(fast)
    assert abs(timeline.end_ms - 1_500) <= 40
    (clip,) = open_reader("pyav", timeline, 64).clips([Window(0, timeline.end_ms)], 8)
    assert len(clip.times_ms) == 8
    slow = render(tmp_path / "slow.mkv", [0, 1_000, 720_000_000], picture=odd_sized(64, 48))
    claimed = read_timeline(slow)
    (last,) = open_reader("pyav", claimed, 64).clips([Window(719_999_990, 720_000_030)], 4)
    assert last.times_ms[-1] == 720_000_000


UNREADABLE = {"zero_bytes.mp4", "bottle_truncated_no_moov.mp4", "exo_invalid-bitstream.webm"}
NO_VIDEO = {"exo_sample_opus.mp4", "exo_sample.text.mp4"}


@pytest.mark.shared
def test_filmed_clips_are_read_and_timed_as_ffmpeg_times_them(shared_media: Path) -> None:
    """Every clip but those that no decoder reads; the last frame's time is ffprobe's."""
    if which("ffprobe") is None:
        pytest.skip("ffprobe is not installed")
    checked = 0
    for path in sorted(shared_media.rglob("*.*")):
        if path.suffix == ".md":
            continue
        if path.name in UNREADABLE | NO_VIDEO:
            with pytest.raises(VideoError):
                read_timeline(path)
            continue
        timeline = read_timeline(path)
        shown = subprocess.run(
            [
                *("ffprobe", "-v", "quiet", "-select_streams", str(timeline.stream)),
                *("-show_entries", "frame=pts_time,best_effort_timestamp_time"),
                *("-of", "csv=p=0", str(path)),
            ],
            check=False,
            capture_output=True,
            text=True,
            timeout=300,
        ).stdout
        cells = [line.split(",") for line in shown.splitlines()]
        times = sorted(float(c[0] if c[0] not in {"", "N/A"} else c[1]) for c in cells if c[0])
        zero = float(timeline.zero)
        assert abs(timeline.times_ms[0] - 1000 * (times[0] - zero)) <= 1, path.name
        if path.name not in {"exo_roadtrip-vp92-10bit.webm", "bottle_truncated.mp4"}:
            assert abs(timeline.times_ms[-1] - 1000 * (times[-1] - zero)) <= 1, path.name
        clips = read(path, "pyav", tile(Window(int(timeline.times_ms[0]), timeline.end_ms), 10_000))
        assert all(clip.frames.any() for clip in clips), path.name
        checked += 1
    assert checked > 25


def test_a_picture_says_which_frame_it_is() -> None:
    assert read_barcode(luma(barcode(1234, 77))) == (1234, 77)


def test_readers_are_tried_in_the_order_of_the_registry() -> None:
    assert list(READERS) == ["sparse", "decord", "pyav"]
