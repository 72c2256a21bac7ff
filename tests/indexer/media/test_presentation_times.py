"""Frames are timed as a player shows them, also where a file hardly says when that is."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import av
import numpy as np
import pytest

from indexer.errors import VideoError
from indexer.frame_sampling import sample_times
from indexer.media.clip import Clip
from indexer.media.cutting import Cut, copy_cut, encode_cuts
from indexer.media.frame_conversion import turned
from indexer.media.keyframes import keyframes_ms
from indexer.media.presentation_times import demux
from indexer.media.readers.reader import SAMPLINGS, open_reader
from indexer.media.thumbnails import still
from indexer.media.timeline import read_timeline
from indexer.scanning.scan import scan
from indexer.windows import Window, tile
from tests.media import WIDTH, read_barcode, render, steady

LUMA = np.array([0.299, 0.587, 0.114])

# Suffix, kind, and by how many ms the times may be off.
ORDERED = {
    "h264 in AVI": (".avi", "B pyramid", 1),
    "h264 in MXF": (".mxf", "B pyramid", 1),
    "h264 in ASF": (".asf", "B pyramid", 1),
    "h264 in a program stream": (".vob", "B pyramid", 40),
    "h264 in a program stream, few stamps": (".vob", "few bits", 40),
    "raw h264": (".h264", "B pyramid", 1),
    "raw h264, open groups": (".264", "open GOP", 1),
    "raw HEVC": (".hevc", "HEVC", 1),
    "raw MPEG-2": (".m2v", "MPEG-2 with B", 1),
    "IVF": (".ivf", "VP8", 1),
}


def render_as(path: Path, kind: str, seconds: float = 4, **options: int) -> Path:
    """Render a file whose suffix may be one that FFmpeg does not write by itself."""
    known = {".264": ".h264", ".265": ".hevc"}.get(path.suffix, path.suffix)
    return render(path.with_suffix(known), steady(seconds), kind=kind, **options).rename(path)


def frames_of(clips: Iterator[Clip]) -> list[list[int]]:
    return [[read_barcode((f @ LUMA).astype(np.uint8))[0] for f in clip.frames] for clip in clips]


@pytest.mark.parametrize("what", ORDERED)
def test_frames_come_in_the_order_and_at_the_times_they_are_shown(
    tmp_path: Path, what: str
) -> None:
    suffix, kind, off_ms = ORDERED[what]
    path = render_as(tmp_path / f"clip{suffix}", kind)
    timeline = read_timeline(path)
    assert len(timeline.times_ms) == 100
    assert np.abs(timeline.times_ms - steady(4)).max() <= off_ms
    assert abs(timeline.end_ms - 4_000) <= off_ms
    windows = tile(Window(0, 4_000), 1_000)
    read = frames_of(open_reader("pyav", timeline, WIDTH).clips(windows, 4))
    for window, shown in zip(windows, read, strict=True):
        wanted = [moment // 40 for moment in sample_times(window, 4)]
        assert len(shown) == 4
        assert max(abs(a - b) for a, b in zip(shown, wanted, strict=True)) <= off_ms // 40


@pytest.mark.parametrize(("rate", "length_ms"), [(30, 3_333), (50, 2_000)])
def test_a_raw_stream_is_numbered_at_its_own_rate(
    tmp_path: Path, rate: int, length_ms: int
) -> None:
    path = tmp_path / "raw.h264"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(100):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number, np.uint8))
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    timeline = read_timeline(path)
    assert (len(timeline.times_ms), timeline.end_ms) == (100, length_ms)


def test_a_damaged_frame_puts_no_later_one_out_of_time(tmp_path: Path) -> None:
    """Past the next keyframe every picture is at its own time again."""
    path = render(tmp_path / "clip.avi", steady(8), kind="B pyramid", gop=50)
    data = bytearray(path.read_bytes())
    at = len(data) // 8
    data[at : at + 600] = bytes(600)
    path.write_bytes(bytes(data))
    (shown,) = frames_of(
        open_reader("pyav", read_timeline(path), WIDTH).clips([Window(5_000, 6_000)], 4)
    )
    assert shown == [moment // 40 for moment in sample_times(Window(5_000, 6_000), 4)]


def test_a_program_stream_that_begins_in_the_middle(tmp_path: Path) -> None:
    path = render(tmp_path / "clip.vob", steady(12), kind="few bits", gop=50)
    data = path.read_bytes()
    path.write_bytes(data[len(data) // 3 // 2048 * 2048 :])
    timeline = read_timeline(path)
    windows = tile(Window(int(timeline.times_ms[0]), timeline.end_ms), 1_000)
    clips = list(open_reader("pyav", timeline, WIDTH).clips(windows, 4))
    ahead = [
        number - time_ms / 40
        for shown, clip in zip(frames_of(iter(clips)), clips, strict=True)
        for number, time_ms in zip(shown, clip.times_ms, strict=True)
    ]
    assert len(ahead) > 16
    assert max(ahead) - min(ahead) <= 2, "one clock all through"


@pytest.mark.parametrize("suffix", [".h264", ".vob", ".avi"])
def test_thumbnails_and_cuts_show_the_same_frame(tmp_path: Path, suffix: str) -> None:
    path = render(tmp_path / f"clip{suffix}", steady(4), kind="B pyramid")
    for at_ms in (0, 1_210, 3_010):
        (frame,) = frames_of(iter([Clip(Window(0, 1), (0,), still(path, at_ms, WIDTH)[None])]))[0]
        assert abs(frame - at_ms // 40) <= 1
    encode_cuts([Cut(path, 2_000, 3_000)], tmp_path / "cut.mp4")
    timeline = read_timeline(tmp_path / "cut.mp4")
    (shown,) = frames_of(open_reader("pyav", timeline, WIDTH).clips([Window(0, 1_000)], 4))
    assert max(abs(a - b) for a, b in zip(shown, [53, 59, 65, 71], strict=True)) <= 1


def test_what_has_no_times_cannot_be_copied_and_says_so(tmp_path: Path) -> None:
    path = render(tmp_path / "clip.avi", steady(2), kind="B pyramid")
    with pytest.raises(VideoError, match="no times of their own"):
        copy_cut(Cut(path, 0, 1_000), tmp_path / "copy.mkv")
    assert not (tmp_path / "copy.mkv").exists()


@pytest.mark.parametrize("end", [IndexError, EOFError, av.error.InvalidDataError])
def test_packets_end_where_the_file_can_be_read_no_further(end: type[Exception]) -> None:
    class Broken:
        def demux(self, *streams: object) -> Iterator[str]:
            yield "a packet"
            raise end(1, "as PyAV does where a track turns up that the header did not name")

    assert list(demux(Broken(), "a track")) == ["a packet"]  # type: ignore[arg-type]  # a stand-in


def test_raw_streams_and_ivf_are_looked_for(tmp_path: Path) -> None:
    names = [f"a.{suffix}" for suffix in ("264", "265", "avc", "h264", "h265", "hevc", "ivf")]
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    assert [path.name for path in scan([tmp_path])] == names


def cut_inside_a_group(folder: Path) -> Path:
    """An mp4 whose only keyframe lies before the start of its edit."""
    if which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    whole, part = folder / "whole.mp4", folder / "part.mp4"
    render(whole, steady(8), gop=1_000)
    subprocess.run(
        ["ffmpeg", "-v", "error", "-ss", "5", "-i", whole, "-c", "copy", part], check=True
    )
    return part


def test_keyframes_fall_back_where_a_clip_begins_without_one(tmp_path: Path) -> None:
    path = cut_inside_a_group(tmp_path)
    timeline = read_timeline(path)
    windows = tile(Window(0, timeline.end_ms), 1_000)
    even = frames_of(open_reader("pyav", timeline, WIDTH).clips(windows, 2))
    first, *others = SAMPLINGS["keyframes"]
    assert frames_of(open_reader(first, timeline, WIDTH).clips(windows, 2)) == even
    assert others == list(SAMPLINGS["even"]), "and where that reader crashes"
    assert even[0] == [125 + 6, 125 + 18]


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
    assert [n for shown in frames_of(iter(clips)) for n in shown] == [
        time // 40 for clip in clips for time in clip.times_ms
    ]


def with_matrix(path: Path, *values: float) -> Path:
    """Write another display matrix (a, b, c, d) into an mp4's track header."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    a, b, c, d = (round(value * 65_536) for value in values)
    cells = (a, b, 0, c, d, 0, 0, 0, 1 << 30)
    data[at : at + 36] = b"".join(cell.to_bytes(4, "big", signed=True) for cell in cells)
    path.write_bytes(bytes(data))
    return path


@pytest.mark.parametrize(
    ("matrix", "degrees"),
    [
        ((1, 0, 0, 1), 0),
        ((0, 1, -1, 0), 90),
        ((-1, 0, 0, -1), 180),
        ((0, -1, 1, 0), 270),
        ((0.7986, 0.6018, -0.6018, 0.7986), 0),  # 37 degrees
        ((0.5, 0.866, -0.866, 0.5), 90),  # 60 degrees
        ((0, 0, 0, 0), 0),  # no rotation at all
    ],
)
def test_a_matrix_turns_a_picture_by_right_angles_only(
    tmp_path: Path, matrix: tuple[float, ...], degrees: int
) -> None:
    path = with_matrix(render(tmp_path / "clip.mp4", steady(1)), *matrix)
    timeline = read_timeline(path)
    assert timeline.rotation == degrees
    across = degrees in {90, 270}
    assert (timeline.width > timeline.height) is not across
    picture = still(path, 0, WIDTH)
    assert (picture.shape[1] > picture.shape[0]) is not across
    with av.open(str(path)) as container:
        assert turned(next(container.decode(video=0))) == degrees


RIGHT = {"raw.h264": 100, "raw.hevc": 100, "bframes.avi": 100, "matrix_of_37_degrees.mp4": 100}


@pytest.mark.shared
@pytest.mark.parametrize("name", RIGHT)
def test_the_files_that_failed(shared_media: Path, name: str) -> None:
    path = shared_media.parent / "faults" / name
    if not path.exists():
        pytest.skip("no such file")
    timeline = read_timeline(path)
    assert list(timeline.times_ms) == steady(4)
    assert (timeline.end_ms, timeline.rotation) == (4_000, 0)
    clips = open_reader("pyav", timeline, 64).clips([Window(0, 4_000)], 8)
    assert len(next(clips).times_ms) == 8


@pytest.mark.shared
def test_a_clip_that_was_cut_inside_a_group(shared_media: Path) -> None:
    path = shared_media.parent / "faults/cut_inside_gop.mp4"
    if not path.exists():
        pytest.skip("no such file")
    timeline = read_timeline(path)
    (clip,) = open_reader(SAMPLINGS["keyframes"][0], timeline, 64).clips([Window(0, 3_000)], 4)
    assert len(clip.times_ms) == 4
