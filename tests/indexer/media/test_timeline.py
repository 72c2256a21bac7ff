"""When frames are shown: what is counted, what is not believed, with its right values."""

import struct
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from indexer.media import timeline
from indexer.media.timeline import read_timeline, ticks_ms
from indexer.video import video_of
from indexer.windows import Window
from tests.media import render, steady

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
    [("mpegts", 3), ("flv", 3), ("mov,mp4,m4a,3gp,3g2,mj2", 0), ("matroska,webm", 0), ("avi", 0)],
)
def test_where_the_players_zero_lies(name: str, zero: int) -> None:
    fake: Any = SimpleNamespace(format=SimpleNamespace(name=name), start_time=3_000_000)
    assert timeline.player_zero(fake) == zero
    fake.start_time = None
    assert timeline.player_zero(fake) == 0
