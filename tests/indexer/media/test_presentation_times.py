"""Frames are timed as a player shows them, also where a file hardly says when that is."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from indexer.frame_sampling import sample_times
from indexer.media.clip import Clip
from indexer.media.cutting import Cut, encode_cuts
from indexer.media.presentation_times import demux
from indexer.media.readers.reader import open_reader
from indexer.media.thumbnails import still
from indexer.media.timeline import read_timeline
from indexer.windows import Window, tile
from tests.indexer.media.shown_frames import frames_of_each
from tests.media import WIDTH, render, steady

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
    read = frames_of_each(open_reader("pyav", timeline, WIDTH).clips(windows, 4))
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
    (shown,) = frames_of_each(
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
        for shown, clip in zip(frames_of_each(clips), clips, strict=True)
        for number, time_ms in zip(shown, clip.times_ms, strict=True)
    ]
    assert len(ahead) > 16
    assert max(ahead) - min(ahead) <= 2, "one clock all through"


@pytest.mark.parametrize("suffix", [".h264", ".vob", ".avi"])
def test_thumbnails_and_cuts_show_the_same_frame(tmp_path: Path, suffix: str) -> None:
    path = render(tmp_path / f"clip{suffix}", steady(4), kind="B pyramid")
    for at_ms in (0, 1_210, 3_010):
        (frame,) = frames_of_each([Clip(Window(0, 1), (0,), still(path, at_ms, WIDTH)[None])])[0]
        assert abs(frame - at_ms // 40) <= 1
    encode_cuts([Cut(path, 2_000, 3_000)], tmp_path / "cut.mp4")
    timeline = read_timeline(tmp_path / "cut.mp4")
    (shown,) = frames_of_each(open_reader("pyav", timeline, WIDTH).clips([Window(0, 1_000)], 4))
    assert max(abs(a - b) for a, b in zip(shown, [53, 59, 65, 71], strict=True)) <= 1


@pytest.mark.parametrize("end", [IndexError, EOFError, av.error.InvalidDataError])
def test_packets_end_where_the_file_can_be_read_no_further(end: type[Exception]) -> None:
    class Broken:
        def demux(self, *streams: object) -> Iterator[str]:
            yield "a packet"
            raise end(1, "as PyAV does where a track turns up that the header did not name")

    assert list(demux(Broken(), "a track")) == ["a packet"]  # type: ignore[arg-type]  # a stand-in


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
