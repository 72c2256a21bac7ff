"""One contract for every reader: the frames on screen at the wanted times, whatever the file."""

import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from shutil import which
from typing import Any

import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import ColorTrc
from numpy.typing import NDArray

from indexer.errors import VideoError
from indexer.frame_sampling import sample_times
from indexer.media.clip import Clip
from indexer.media.container import decoded, opened
from indexer.media.frame_conversion import ordinary
from indexer.media.readers.pyav_reader import PyAVReader
from indexer.media.readers.reader import READERS, SAMPLINGS, open_reader
from indexer.media.readers.reference_frame_reader import SparseReader
from indexer.media.timeline import read_timeline
from indexer.video import video_of
from indexer.windows import Window, tile
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


def luma(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return (picture @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)


def frames_of(clip: Clip) -> list[int]:
    return [read_barcode(luma(frame))[0] for frame in clip.frames]


def read(path: Path, reader: str, windows: list[Window], frames: int = 4) -> list[Clip]:
    return list(open_reader(reader, read_timeline(path), WIDTH).clips(windows, frames))


def usable(path: Path, reader: str) -> bool:
    try:
        open_reader(reader, read_timeline(path), WIDTH)
    except VideoError:
        return False
    return True


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


def test_decord_reads_the_ordinary_formats(tmp_path: Path) -> None:
    """The tests above may not skip decord away."""
    for suffix in (".mp4", ".mkv", ".webm"):
        path = render(tmp_path / f"clip{suffix}", steady(3))
        assert usable(path, "decord"), suffix


def test_decoding_may_begin_again(tmp_path: Path) -> None:
    """As where a seek led too far: from the start, then."""
    path = render(tmp_path / "clip.mp4", steady(2))
    with opened(path) as container:
        stream = container.streams.video[0]
        next(decoded(container, stream))
        container.seek(0)
        assert len(list(decoded(container, stream))) == 50


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


def top_left(frame: int, file: int) -> NDArray[np.uint8]:
    """A grey picture with a white top-left quarter."""
    picture = np.full((120, 160, 3), 60, np.uint8)
    picture[:60, :80] = 250
    return picture


@pytest.mark.parametrize(
    ("rotation", "corner"), [(0, (0, 0)), (90, (1, 0)), (180, (1, 1)), (270, (0, 1))]
)
def test_rotation_is_applied(tmp_path: Path, rotation: int, corner: tuple[int, int]) -> None:
    """As ffmpeg shows it: its own picture of the file is the judge where it is installed."""
    path = render(tmp_path / "turned.mp4", steady(1), picture=top_left, rotation=rotation)
    timeline = read_timeline(path)
    expected = (120, 160) if rotation in {90, 270} else (160, 120)
    assert (timeline.width, timeline.height) == expected
    (clip,) = open_reader("pyav", timeline, 160).clips([Window(0, 1_000)], 1)
    picture = luma(clip.frames[0])
    half = picture.shape[0] // 2, picture.shape[1] // 2
    bright = [
        (row, column)
        for row in (0, 1)
        for column in (0, 1)
        if picture[row * half[0] :, column * half[1] :][: half[0], : half[1]].mean() > 200
    ]
    assert bright == [corner]
    if which("ffmpeg"):
        raw = subprocess.run(
            [
                *("ffmpeg", "-v", "error", "-i", str(path), "-frames:v", "1"),
                *("-f", "rawvideo", "-pix_fmt", "rgb24", "-"),
            ],
            check=True,
            capture_output=True,
            timeout=300,
        ).stdout
        shown = np.frombuffer(raw, np.uint8).reshape(clip.frames[0].shape)
        assert np.abs(shown.astype(int) - clip.frames[0]).mean() < 3


def test_pixels_that_are_not_square_are_stretched(tmp_path: Path) -> None:
    path = render(tmp_path / "wide.mkv", steady(1), sample_aspect=Fraction(4, 3))
    timeline = read_timeline(path)
    assert (timeline.width, timeline.height) == (round(WIDTH * 4 / 3), HEIGHT)
    for reader in READERS:
        (clip,) = open_reader(reader, timeline, 1_000).clips([Window(0, 1_000)], 1)
        assert clip.frames.shape[1:3] == (HEIGHT, round(WIDTH * 4 / 3))


def combed(frame: int, file: int) -> NDArray[np.uint8]:
    """Two fields of a film that flickers: every other line is another picture."""
    picture = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    picture[1::2] = 220
    return picture


def test_of_interlaced_video_one_field_is_seen(tmp_path: Path) -> None:
    path = render(tmp_path / "tv.mkv", steady(2), picture=combed, kind="interlaced")
    timeline = read_timeline(path)
    assert not timeline.plain
    assert not usable(path, "decord"), "decord would show combs"
    (clip,) = open_reader("pyav", timeline, WIDTH).clips([Window(0, 2_000)], 2)
    assert clip.frames.shape[1:3] == (HEIGHT, WIDTH)
    assert luma(clip.frames[0]).std() < 12


def pq(light: float) -> float:
    """The PQ signal of a light in cd/m2: SMPTE ST 2084, equation 5."""
    power = (light / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def hlg(light: float) -> float:
    """The HLG signal of a grey of a light in cd/m2, on a screen of 1,000: ITU-R BT.2100."""
    scene = (light / 1000) ** (1 / 1.2)
    if scene <= 1 / 12:
        return float(np.sqrt(3 * scene))
    return float(0.17883277 * np.log(12 * scene - 0.28466892) + 0.55991073)


@pytest.mark.parametrize(
    ("curve", "transfer"),
    [(pq, ColorTrc.SMPTE2084), (hlg, ColorTrc.ARIB_STD_B67)],
    ids=["PQ", "HLG"],
)
def test_hdr_is_shown_as_on_an_ordinary_screen(
    curve: Callable[[float], float], transfer: ColorTrc
) -> None:
    """White is light but not blinding, 18 % grey is in the middle, highlights still differ."""
    lights = [0.0, 0.18 * 203, 203, 600, 1_000]
    signal = np.array([[curve(light)] * 3 for light in lights], np.float32)
    black, grey, white, bright, peak = ordinary(signal, transfer)[:, 0].tolist()
    assert black <= 2
    assert 95 < grey < 130
    assert 175 < white < 215
    assert white + 20 < bright < peak >= 250
    red = np.array([[curve(150), curve(1), curve(1)]], np.float32)
    assert ordinary(red, transfer)[0].argmax() == 0


@pytest.mark.shared
def test_a_filmed_hdr_clip_is_not_washed_out(shared_media: Path) -> None:
    path = shared_media / "exo_hdr10-video-with-sdr-container.mp4"
    if not path.exists():
        pytest.skip("no such clip")
    timeline = read_timeline(path)
    assert not timeline.plain
    (clip,) = open_reader("pyav", timeline, 320).clips([Window(0, 1_000)], 1)
    spread = clip.frames[0].astype(int).max(-1) - clip.frames[0].astype(int).min(-1)
    assert spread.mean() > 25, "the sky is blue and the wall orange"


def odd_sized(width: int, height: int) -> Callable[[int, int], NDArray[np.uint8]]:
    return lambda frame, file: np.full((height, width, 3), 200, np.uint8)


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
