"""When frames are shown: what is counted, what is not believed, with its right values."""

import struct
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from fractions import Fraction
from io import BufferedReader, BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import av.error
import av.stream
import numpy as np
import pytest

from indexer.errors import VideoError
from indexer.media import timeline
from indexer.media.opening import (
    decoded,
    decoded_from,
    opened,
    player_zero,
    shown_stream,
    ticks_ms,
)
from indexer.media.timeline import read_timeline
from indexer.retry_policy import NO_PICTURE
from indexer.video import video_of
from indexer.windows import Window
from tests.media import render, steady
from tests.speech_media import render_with_sound

MS = Fraction(1, 1000)


def moved_edit(path: Path, by_ms: int) -> None:
    """Let a file's edit list begin `by_ms` later: the frames before are to be discarded."""
    data = bytearray(path.read_bytes())
    mdhd = data.index(b"mdhd") + 4
    (scale,) = struct.unpack_from(">I", data, mdhd + 12)
    elst = data.index(b"elst") + 12
    length, begin = struct.unpack_from(">II", data, elst)
    struct.pack_into(">II", data, elst, length - by_ms, begin + by_ms * scale // 1000)
    path.write_bytes(data)


def test_discarded_frames_are_not_counted(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", steady(2))
    assert len(read_timeline(path).times_ms) == 50
    moved_edit(path, 400)
    read = read_timeline(path)
    assert read.times_ms.tolist() == [40 * i for i in range(40)]
    assert read.end_ms == 1_600
    assert video_of(read).span == Window(0, 1_600)


def test_frames_before_the_first_decodable_one_are_not_counted(tmp_path: Path) -> None:
    path = render(tmp_path / "a.ts", steady(6), gop=50)
    whole = read_timeline(path)
    data = path.read_bytes()
    packets = [data[i : i + 188] for i in range(0, len(data), 188)]
    # Without the first picture, but with the tables that say what is in the file.
    kept = packets[:3] + packets[len(packets) // 6 :]
    path.write_bytes(b"".join(kept))
    read = read_timeline(path)
    assert len(whole.times_ms) == 150
    assert len(read.times_ms) == 100, "those of the second and third group of pictures"
    assert read.times_ms[0] > 0
    assert np.diff(read.times_ms).tolist() == [40] * 99


def container(duration_us: int | None, start_us: int | None = 0) -> Any:
    return SimpleNamespace(duration=duration_us, start_time=start_us)


@pytest.mark.parametrize(
    ("claimed_ms", "end_ms", "believed_ms"),
    [
        (10_000, 10_000, 10_000),
        (10_500, 10_000, 10_500),
        (9_999, 10_000, 10_000),
        (700_000, 10_000, 700_000),
        (700_001, 10_000, 10_000),
        (0, 10_000, 10_000),
        (-5, 10_000, 10_000),
    ],
)
def test_a_claimed_duration_is_believed_within_reason(
    claimed_ms: int, end_ms: int, believed_ms: int
) -> None:
    got = timeline._duration_ms(container(1000 * claimed_ms), end_ms, Fraction(0))
    assert got == believed_ms


def test_a_duration_counts_from_the_files_start_to_the_players_zero() -> None:
    assert timeline._duration_ms(container(None), 7_000, Fraction(0)) == 7_000
    later = container(10_000_000, 1_400_000)
    assert timeline._duration_ms(later, 10_000, Fraction(0)) == 11_400
    assert timeline._duration_ms(later, 10_000, Fraction(14, 10)) == 10_000
    assert timeline._duration_ms(container(10_000_000, None), 9_000, Fraction(0)) == 10_000
    # None at all is no claim, wherever it begins.
    assert timeline._duration_ms(container(0, 12_000_000), 10_000, Fraction(0)) == 10_000
    assert timeline._duration_ms(container(-5_000, 12_000_000), 10_000, Fraction(0)) == 10_000
    assert timeline._duration_ms(container(1, 12_000_000), 10_000, Fraction(0)) == 12_000


def stream(duration_ms: int | None, start_ms: int | None = 0) -> Any:
    return SimpleNamespace(duration=duration_ms, start_time=start_ms)


@pytest.mark.parametrize(
    ("claimed_ms", "end_ms", "note"),
    [
        (12_000, 10_000, ""),
        (12_001, 10_000, "it breaks off at 10.0 s of 12.0 s"),
        (39_900, 24_500, "it breaks off at 24.5 s of 39.9 s"),
        (200_000, 196_000, ""),
        (200_000, 195_999, "it breaks off at 196.0 s of 200.0 s"),
        (700_000, 10_000, "it breaks off at 10.0 s of 700.0 s"),
        (700_001, 10_000, ""),
        (None, 10_000, ""),
        (-4, 10_000, ""),
        (9_000, 10_000, ""),
    ],
)
def test_a_file_that_breaks_off_says_so(claimed_ms: int | None, end_ms: int, note: str) -> None:
    assert timeline._note(stream(claimed_ms), end_ms, MS, Fraction(0)) == note


def test_a_late_start_is_part_of_the_claim() -> None:
    assert "of 21.0 s" in timeline._note(stream(20_000, 1_000), 9_000, MS, Fraction(0))
    assert "of 20.0 s" in timeline._note(stream(20_000, None), 9_000, MS, Fraction(0))
    assert timeline._note(stream(-4, 20_000), 9_000, MS, Fraction(0)) == ""


def test_ticks_are_ms_from_the_players_zero() -> None:
    assert ticks_ms(90_000, Fraction(1, 90_000), Fraction(0)) == 1_000
    assert ticks_ms(126_000, Fraction(1, 90_000), Fraction(14, 10)) == 0
    assert ticks_ms(3, Fraction(1001, 30_000), Fraction(0)) == 100
    ticks = np.array([3003, 0, 1001, 2002], np.int64)
    rising = timeline._rising(ticks, Fraction(1, 30_000), Fraction(0))
    assert rising.tolist() == [0, 33, 67, 100]
    late = timeline._rising(np.array([126_000, 129_600]), Fraction(1, 90_000), Fraction(14, 10))
    assert late.tolist() == [0, 40]


def test_the_last_frame_is_shown_as_long_as_the_one_before() -> None:
    assert timeline._last_step(np.array([0, 40, 90], np.int64), 33.0) == 50
    assert timeline._last_step(np.array([0, 5_000], np.int64), 33.0) == 1_000
    assert timeline._last_step(np.array([7], np.int64), 33.0) == 33.0


HOUR = 3_600_000


def test_time_stamps_that_leap_are_read_up_to_the_leap() -> None:
    def sane(*times: int) -> list[int]:
        return timeline._sane(np.array(times, np.int64)).tolist()  # type: ignore[no-any-return]

    assert sane(0, 200 * HOUR) == [0, 200 * HOUR]
    assert sane(150 * HOUR, 160 * HOUR) == [150 * HOUR, 160 * HOUR]
    hourly = [hour * HOUR for hour in range(201)]
    assert sane(*hourly, 500 * HOUR) == hourly
    assert sane(0, 40, 80, 200 * HOUR + 1) == [0, 40, 80]
    assert sane(0, 40, 300 * HOUR, 300 * HOUR + 40, 300 * HOUR + 80) == [
        300 * HOUR,
        300 * HOUR + 40,
        300 * HOUR + 80,
    ]
    assert sane(0, HOUR, 300 * HOUR) == [0, HOUR]
    assert sane(0, HOUR + 1, 2 * HOUR + 1, 300 * HOUR) == [HOUR + 1, 2 * HOUR + 1]


def test_a_picture_that_stands_is_worth_ten_minutes() -> None:
    def gaps(times: list[int], end_ms: int) -> list[tuple[int, int]]:
        found = timeline._gaps(np.array(times, np.int64), end_ms)
        return [(gap.start_ms, gap.end_ms) for gap in found]

    assert gaps([0, 600_000], 600_040) == []
    assert gaps([0, 600_001], 600_040) == [(600_000, 600_001)]
    assert gaps([0, 40], 900_040) == [(600_040, 900_040)]
    assert gaps([0, 700_000, 700_040], 1_500_000) == [(600_000, 700_000), (1_300_040, 1_500_000)]


@pytest.mark.parametrize(
    ("name", "zero"),
    [
        *((name, 3) for name in ("mpegts", "mpeg", "flv", "asf", "rm")),
        *((name, 3) for name in ("mpegvideo", "h264", "hevc", "flv,live_flv")),
        *((name, 0) for name in ("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi")),
    ],
)
def test_where_the_players_zero_lies(name: str, zero: int) -> None:
    fake: Any = SimpleNamespace(format=SimpleNamespace(name=name), start_time=3_000_000)
    assert player_zero(fake) == zero
    fake.start_time = None
    assert player_zero(fake) == 0


# What is read of a file


def test_a_file_whole(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mkv", steady(2), metadata={"creation_time": "2020-05-17T10:00:00Z"})
    read = read_timeline(path)
    assert (read.path, read.stream, read.container, read.codec) == (
        path,
        0,
        "matroska,webm",
        "h264",
    )
    assert read.times_ms.dtype == np.int64
    assert read.times_ms.tolist() == [40 * i for i in range(50)]
    assert (read.end_ms, read.duration_ms) == (2_000, 2_000)
    assert (read.width, read.height, read.rotation) == (320, 64, 0)
    assert (read.zero, read.exact, read.several_tracks, read.plain) == (0, True, False, True)
    assert (read.note, read.recorded_ms, read.gaps) == ("", 1_589_709_600_000, ())


def test_metadata_that_is_no_text_costs_nothing(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mkv", steady(1), metadata={"comment": "QQQQ"})
    data = path.read_bytes()
    assert data.count(b"QQQQ") == 1
    path.write_bytes(data.replace(b"QQQQ", b"\xff\xfe\xfd\xfc"))
    assert len(read_timeline(path).times_ms) == 25


def test_a_transport_stream_counts_from_its_start(tmp_path: Path) -> None:
    read = read_timeline(render_with_sound(tmp_path / "a.ts", [], seconds=2, offset_s=10))
    assert read.zero == 10
    assert read.times_ms[[0, 1, -1]].tolist() == [0, 100, 1_900]
    assert read.end_ms == 2_000


@pytest.mark.parametrize(
    ("rotation", "aspect", "shown"),
    [
        (0, Fraction(2), (640, 64)),
        (90, Fraction(2), (64, 640)),
        (180, Fraction(1, 2), (160, 64)),
        (270, Fraction(1), (64, 320)),
    ],
)
def test_pixels_and_turns_count_in_the_size(
    tmp_path: Path, rotation: int, aspect: Fraction, shown: tuple[int, int]
) -> None:
    path = render(tmp_path / "a.mp4", steady(1), rotation=rotation, sample_aspect=aspect)
    read = read_timeline(path)
    assert (read.width, read.height) == shown
    assert read.rotation % 180 == rotation % 180


@pytest.mark.parametrize(
    ("ratio", "width"),
    [
        (None, 100),
        (Fraction(8), 800),
        (Fraction(1, 8), 12),
        (Fraction(81, 10), 100),
        (Fraction(1, 9), 100),
        (Fraction(3, 2), 150),
    ],
)
def test_a_shape_of_pixels_that_cannot_be_is_not_believed(
    ratio: Fraction | None, width: int
) -> None:
    first = timeline._FirstFrame(0, 100, 50, 0, True)
    fake: Any = SimpleNamespace(sample_aspect_ratio=ratio)
    assert first.shown_size(fake) == (width, 50)
    narrow = timeline._FirstFrame(0, 1, 50, 0, True)
    assert narrow.shown_size(SimpleNamespace(sample_aspect_ratio=Fraction(1, 4))) == (1, 50)  # type: ignore[arg-type]


def test_the_first_frame_is_shown_at_its_time() -> None:
    first = timeline._FirstFrame(90_000, 1, 1, 0, True)
    assert first.time_ms(Fraction(1, 90_000), Fraction(1, 2)) == 500
    assert timeline._FirstFrame(None, 1, 1, 0, True).time_ms(MS, Fraction(0)) is None


@pytest.mark.parametrize(
    ("name", "seekable"),
    [
        ("mov,mp4,m4a,3gp,3g2,mj2", True),
        ("mov", True),
        ("mp4", True),
        ("matroska", True),
        ("webm", True),
        ("avi", False),
        ("mpegts", False),
        ("h264", False),
    ],
)
def test_which_files_can_be_begun_anywhere(tmp_path: Path, name: str, seekable: bool) -> None:
    read = read_timeline(render(tmp_path / "a.mp4", steady(1)))
    assert replace(read, container=name).seekable is seekable


class Reading:
    """What `read_timeline` gets from a file: ticks in ms, when the last ends, the first frame."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.path = tmp_path / "a.mkv"
        self.path.write_bytes(b"a film")
        self.ticks: list[int] = [0, 40, 80]
        self.end_tick, self.exact = 120, True
        self.first = timeline._FirstFrame(0, 64, 48, 0, True)
        codec = SimpleNamespace(name="h264")
        self.stream = SimpleNamespace(
            index=3,
            time_base=MS,
            guessed_rate=None,
            average_rate=Fraction(50),
            sample_aspect_ratio=None,
            duration=None,
            start_time=0,
            metadata={},
            codec_context=codec,
        )
        self.container = SimpleNamespace(
            format=SimpleNamespace(name="matroska,webm"),
            start_time=0,
            duration=None,
            metadata={},
            streams=SimpleNamespace(video=[self.stream, self.stream]),
        )
        monkeypatch.setattr(timeline, "opened", lambda path: nullcontext(self.container))
        monkeypatch.setattr(timeline, "shown_stream", lambda container: self.stream)
        monkeypatch.setattr(timeline, "_first_frame", lambda path: self.first)
        monkeypatch.setattr(
            timeline,
            "_packet_times",
            lambda *_: (np.array(self.ticks, np.int64), self.end_tick, self.exact),
        )

    def read(self) -> timeline.Timeline:
        return read_timeline(self.path)

    def span(self) -> tuple[list[int], int]:
        """Return the times of the frames and the end of the last."""
        read = self.read()
        return read.times_ms.tolist(), read.end_ms


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Reading:
    return Reading(monkeypatch, tmp_path)


def test_the_last_frame_ends_where_its_packet_does(reading: Reading) -> None:
    assert reading.span() == ([0, 40, 80], 120)
    reading.end_tick = 10_080
    assert reading.span()[1] == 10_080
    read = reading.read()
    assert (read.stream, read.several_tracks, read.exact) == (3, True, True)


def test_one_that_says_nothing_or_too_much_is_as_long_as_the_one_before(reading: Reading) -> None:
    for nothing in (0, 80, 81):
        reading.end_tick = nothing
        assert reading.span()[1] == 120
    reading.end_tick = 82
    assert reading.span()[1] == 82
    reading.end_tick = 10_081
    assert reading.span()[1] == 120
    reading.ticks, reading.end_tick = [0], 0
    assert reading.span() == ([0], 20), "of one frame the rate tells"
    reading.stream.guessed_rate = Fraction(10)
    assert reading.span() == ([0], 100)
    reading.stream.guessed_rate = reading.stream.average_rate = None
    assert reading.span() == ([0], 40)
    reading.stream.guessed_rate = Fraction(1, 10)
    assert reading.span() == ([0], 10_000)
    reading.stream.guessed_rate = Fraction(5_000)
    assert reading.span() == ([0], 1)


def test_frames_before_the_first_that_is_decoded_do_not_count(reading: Reading) -> None:
    reading.first = replace(reading.first, pts=40)
    assert reading.span() == ([40, 80], 120)
    reading.first = replace(reading.first, pts=None)
    assert reading.span() == ([0, 40, 80], 120)
    reading.first = replace(reading.first, pts=500)
    reading.end_tick = 0
    assert reading.span() == ([500], 520)
    reading.ticks = []
    reading.first = replace(reading.first, pts=None)
    assert reading.span() == ([0], 20)


def test_time_stamps_that_leap_are_told_of(reading: Reading) -> None:
    reading.ticks = [0, 40, 80, 300 * HOUR]
    reading.end_tick = 300 * HOUR + 40
    assert reading.span() == ([0, 40, 80], 120)
    assert reading.read().note == "its time stamps leap"


def test_where_it_breaks_off_and_stands_is_told_of(reading: Reading) -> None:
    reading.stream.duration = 8_000
    reading.container.duration = 8_000_000
    read = reading.read()
    assert read.note == "it breaks off at 0.1 s of 8.0 s"
    assert read.duration_ms == 8_000
    reading.ticks, reading.end_tick = [0, 700_000], 700_040
    assert reading.read().gaps == (Window(600_000, 700_000),)


def test_ticks_without_a_base_are_ms(reading: Reading) -> None:
    reading.stream.time_base = None
    assert reading.span() == ([0, 40, 80], 120)
    reading.ticks, reading.end_tick = [0, 5_000], 5_040
    assert reading.span() == ([0, 5_000], 5_040)


def test_the_date_of_the_file_counts_before_that_of_its_track(reading: Reading) -> None:
    reading.stream.metadata = {"creation_time": "2001-01-01T00:00:00Z"}
    assert reading.read().recorded_ms == 978_307_200_000
    reading.container.metadata = {"creation_time": "2002-01-01T00:00:00Z"}
    assert reading.read().recorded_ms == 1_009_843_200_000


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"")
    with pytest.raises(VideoError, match=r"^it is empty \(0 bytes\)$"):
        read_timeline(tmp_path / "a.mp4")
    (tmp_path / "b.mp4").write_bytes(b"x")
    with pytest.raises(VideoError, match=r"^it is damaged or not a video"):
        read_timeline(tmp_path / "b.mp4")


# Opening


def test_why_a_file_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=r"^it is damaged or not a video \(No such file"):  # noqa: SIM117
        with opened(tmp_path / "gone.mp4"):
            pytest.fail("it was opened")
    for error, sentence in (
        (PermissionError(13, "Permission denied"), "it cannot be opened (Permission denied)"),
        (FileNotFoundError(2, "No such file"), "it cannot be opened (No such file)"),
        (OSError(5, "Input/output error"), "it is damaged or not a video (Input/output error)"),
        (ValueError("no sense"), "it is damaged or not a video (no sense)"),
        (EOFError(), "it is damaged or not a video (EOFError)"),
    ):
        path = render(tmp_path / "a.mkv", steady(1))
        with pytest.raises(VideoError) as caught, opened(path):
            raise error
        assert str(caught.value) == sentence
        assert caught.value.__cause__ is error


def test_bytes_are_opened_as_the_kind_that_is_known() -> None:
    data = b"1\n00:00:01,000 --> 00:00:02,000\nHello.\n"
    with opened(BytesIO(data), "srt") as found:
        assert found.format.name == "srt"
    with opened(BytesIO(data), "webvtt") as found:
        assert found.format.name == "webvtt"


def test_a_file_that_is_far_away_is_read_as_a_stream(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = render(tmp_path / "a.mkv", steady(1))

    class Far:
        def stream(self) -> BufferedReader:
            return path.open("rb")

    monkeypatch.setattr("indexer.media.opening.RemotePath", Far)
    far: Any = Far()
    with opened(far) as found:
        assert found.format.name == "matroska,webm"


def track(*, cover: bool = False, decoder: bool = True) -> Any:
    disposition = av.stream.Disposition.attached_pic if cover else av.stream.Disposition.default
    return SimpleNamespace(disposition=disposition, codec_context=object() if decoder else None)


def of_tracks(*tracks: Any) -> Any:
    return SimpleNamespace(streams=SimpleNamespace(video=list(tracks)))


def test_the_track_that_a_player_shows() -> None:
    cover, first, second = track(cover=True), track(), track()
    assert shown_stream(of_tracks(cover, first, second)) is first
    unknown = track(decoder=False)
    assert shown_stream(of_tracks(unknown, second)) is second
    with pytest.raises(VideoError, match=NO_PICTURE):
        shown_stream(of_tracks(cover))
    with pytest.raises(VideoError, match="no decoder for its codec"):
        shown_stream(of_tracks(unknown))


@pytest.mark.parametrize(
    ("width", "height", "fits"),
    [(16_384, 16_384, True), (16_385, 8, False), (8, 16_385, False)],
)
def test_a_picture_may_be_16384_pixels_wide(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, width: int, height: int, fits: bool
) -> None:
    frame = SimpleNamespace(
        pts=7,
        width=width,
        height=height,
        rotation=-90,
        interlaced_frame=True,
        color_trc=None,
    )
    monkeypatch.setattr(timeline, "decoded", lambda *_: iter([frame, None]))
    monkeypatch.setattr(timeline, "is_plain", lambda _: False)
    path = render(tmp_path / "a.mkv", steady(1))
    if not fits:
        with pytest.raises(VideoError, match=f"too large \\({width}x{height} pixels\\)"):
            timeline._first_frame(path)
        return
    assert timeline._first_frame(path) == timeline._FirstFrame(7, width, height, 90, False)


def test_without_any_frame_it_is_damaged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(timeline, "decoded", lambda *_: iter([]))
    with pytest.raises(VideoError, match="no frame of it can be decoded"):
        timeline._first_frame(render(tmp_path / "a.mkv", steady(1)))


def test_a_header_tells_a_length(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert timeline.claimed_length_ms(render(tmp_path / "a.mkv", steady(2))) == 2_000
    for claimed_us, length_ms in ((None, 0), (1_999, 1), (-5_000, 0), (2_000_500, 2_000)):
        held = nullcontext(SimpleNamespace(duration=claimed_us))
        monkeypatch.setattr(timeline, "opened", lambda path, held=held: held)
        assert timeline.claimed_length_ms(tmp_path) == length_ms


# Packets and frames


def packet(
    pts: int | None, duration: int | None = 40, *, size: int = 9, discard: bool = False
) -> Any:
    return SimpleNamespace(pts=pts, dts=None, duration=duration, size=size, is_discard=discard)


@pytest.mark.parametrize(
    ("packets", "ticks", "end", "exact"),
    [
        ([packet(0), packet(80), packet(40)], [0, 80, 40], 120, True),
        ([packet(0, 500), packet(40, None)], [0, 40], 500, True),
        ([packet(0), packet(40, size=0), packet(80, discard=True)], [0], 40, True),
        ([packet(0), packet(None), packet(40)], [0, 40], 80, False),
        ([packet(0), packet(None, size=0)], [0], 40, True),
        ([], [], 0, True),
    ],
)
def test_what_packets_tell(
    monkeypatch: pytest.MonkeyPatch, packets: list[Any], ticks: list[int], end: int, exact: bool
) -> None:
    monkeypatch.setattr("indexer.media.presentation_times.demux", lambda *_: iter(packets))
    found = timeline._packet_times(
        SimpleNamespace(format=SimpleNamespace(name="matroska,webm")),  # type: ignore[arg-type]
        SimpleNamespace(),  # type: ignore[arg-type]
    )
    assert (found[0].tolist(), *found[1:]) == (ticks, end, exact)


def test_times_that_are_worked_out_are_not_exact(tmp_path: Path) -> None:
    read = read_timeline(render(tmp_path / "a.avi", steady(2), kind="B pyramid"))
    assert read.exact is False
    assert read_timeline(render(tmp_path / "b.avi", steady(2))).exact is True


def test_a_frame_without_a_time_has_none(tmp_path: Path) -> None:
    read = replace(read_timeline(render(tmp_path / "a.mp4", steady(1))), zero=Fraction(1, 2))
    for pts, base, ms in ((800, MS, 300), (None, MS, None), (800, None, None)):
        frame: Any = SimpleNamespace(pts=pts, time_base=base)
        assert timeline.frame_ms(frame, read) == ms


def times_from(path: Path, at_ms: int, **more: Any) -> list[int]:
    with opened(path) as container:
        stream = shown_stream(container)
        found = decoded_from(container, stream, at_ms, Fraction(0), **more)
        return [round(1000 * float(frame.pts * frame.time_base)) for frame in found]


def test_decoding_begins_at_the_keyframe_before(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mkv", steady(6), gop=50)
    every = [40 * i for i in range(150)]
    assert times_from(path, 0) == every
    assert times_from(path, 1_960) == every
    assert times_from(path, 2_000) == every[50:]
    assert times_from(path, 5_000) == every[100:]


def test_from_the_beginning_nothing_is_searched() -> None:
    never: Any = SimpleNamespace(
        format=SimpleNamespace(name="matroska,webm"),
        seek=lambda *_, **__: pytest.fail("it searched"),
    )
    found = decoded_from(never, never, 0, Fraction(0), lambda *_: iter([1, 2]))  # type: ignore[arg-type, return-value]
    assert list(found) == [1, 2]


@pytest.mark.parametrize(
    ("base", "zero", "ticks"),
    [
        (MS, Fraction(0), 2_040),
        (None, Fraction(0), 2_040),
        (Fraction(1, 90_000), Fraction(1, 2), 228_600),
        (Fraction(1, 25), Fraction(0), 51),
    ],
)
def test_a_time_is_searched_in_the_tracks_own_ticks(
    base: Fraction | None, zero: Fraction, ticks: int
) -> None:
    asked: list[tuple[int, Any]] = []
    shown: Any = SimpleNamespace(pts=ticks, time_base=None)
    later: Any = SimpleNamespace(pts=ticks + 1, time_base=None)
    track_: Any = SimpleNamespace(time_base=base)
    file: Any = SimpleNamespace(
        format=SimpleNamespace(name="matroska,webm"),
        seek=lambda offset, stream=None: asked.append((offset, stream)),
    )
    found = decoded_from(file, track_, 2_040, zero, lambda *_: iter([shown, later]))
    assert list(found) == [shown, later]
    assert asked == [(ticks, track_)]


def test_where_a_search_leads_too_far_it_begins_at_the_first(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mkv", steady(6), gop=50)
    calls: list[int] = []

    def frames(container: Any, stream: Any) -> Iterator[Any]:
        calls.append(1)
        found = decoded(container, stream)
        if len(calls) == 1:
            next(found)
        return found

    assert times_from(path, 2_000, frames=frames) == [40 * i for i in range(150)]
    assert len(calls) == 2
    calls.clear()
    assert times_from(path, 2_040, frames=frames)[0] == 2_040


@pytest.mark.parametrize("kind", ["nothing", "no time", "an error"])
def test_or_nowhere(tmp_path: Path, kind: str) -> None:
    path = render(tmp_path / "a.mkv", steady(6), gop=50)
    calls: list[int] = []

    def frames(container: Any, stream: Any) -> Iterator[Any]:
        calls.append(1)
        if len(calls) > 1:
            yield from decoded(container, stream)
        elif kind == "no time":
            yield SimpleNamespace(pts=None, time_base=MS)
        elif kind == "an error":
            raise av.error.InvalidDataError(1, "broken")

    assert times_from(path, 2_000, frames=frames) == [40 * i for i in range(150)]


def test_a_bare_stream_is_read_from_its_first_frame(tmp_path: Path) -> None:
    path = render(tmp_path / "a.h264", steady(4), gop=25, kind="B pyramid")
    assert times_from(path, 3_000)[:2] == [0, 40]


def test_damaged_packets_are_stepped_over(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mkv", steady(2), kind="MJPEG")
    with opened(path) as container:
        stream = shown_stream(container)
        damaged = [p for i, p in enumerate(container.demux(stream)) if i in (3, 4)]
    data = bytearray(path.read_bytes())
    at = data.index(bytes(damaged[0]))
    data[at : at + damaged[0].size] = bytes(damaged[0].size)
    path.write_bytes(data)
    assert times_from(path, 0) == [40 * i for i in range(50) if i != 3]
