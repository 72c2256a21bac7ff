"""How fast a run goes and how much is left of it, with its right values."""

from pathlib import Path

import pytest

from indexer.pipeline.time_left import Ahead, Pace

A, B, C = Path("a.mp4"), Path("b.mp4"), Path("c.mp4")


def test_the_first_batch_counts_only_as_long_as_there_is_no_other() -> None:
    pace = Pace()
    assert (pace.seconds, pace.known) == (None, False)
    pace.batch(4, 40.0)
    assert (pace.seconds, pace.known) == (10.0, False)
    pace.batch(4, 8.0)
    assert (pace.seconds, pace.known) == (2.0, False)
    pace.batch(4, 2.0)
    assert pace.known
    assert pace.seconds == pytest.approx(1.25, rel=1e-3)


def test_what_was_a_quarter_of_an_hour_ago_counts_half() -> None:
    pace = Pace()
    pace.batch(1, 1.0)
    pace.batch(900, 900.0)
    pace.batch(450, 900.0)
    assert pace.seconds == pytest.approx((450 + 900) / (450 + 450))


def test_nothing_is_known_before_a_file_is_looked_at() -> None:
    ahead = Ahead({A: 100, B: 300})
    assert (ahead.windows, ahead.known) == (None, False)
    assert (Ahead({}).windows, Ahead({}).known) == (0, True)


def test_files_not_yet_looked_at_have_as_many_windows_a_byte_as_the_others() -> None:
    ahead = Ahead({A: 100, B: 300, C: 50})
    ahead.counted(A, 10, 100_000)
    assert ahead.windows == 10 + 35
    ahead.counted(B, 6, 60_000)
    assert ahead.windows == 16 + 50 * 16 / 400
    ahead.passed(C)
    assert (ahead.windows, ahead.known) == (16, True)


def test_what_is_done_of_a_file_tells_of_the_others_and_is_not_left() -> None:
    ahead = Ahead({A: 100, B: 100})
    ahead.started(A, todo=3, done=7, length_ms=100_000)
    assert ahead.windows == 3 + 10
    ahead.described(A)
    assert ahead.windows == 2 + 10
    assert (ahead.done_ms, ahead.left_ms) == (10_000, 20_000 + 100_000)
    ahead.passed(A)
    assert ahead.windows == 10
    assert (ahead.done_ms, ahead.left_ms) == (10_000, 100_000)


def test_an_opened_file_is_known_better_than_by_its_header() -> None:
    ahead = Ahead({A: 100})
    ahead.counted(A, 10, 100_000)
    ahead.started(A, todo=8, done=0, length_ms=80_000)
    assert ahead.windows == 8
    ahead.counted(A, 10, 100_000)
    assert ahead.windows == 8, "the header comes too late"
    for _ in range(9):
        ahead.described(A)
    assert ahead.windows == 0, "no file has fewer than none left"


def test_a_file_without_windows_says_nothing_of_the_others() -> None:
    ahead = Ahead({A: 100, B: 300})
    ahead.passed(A)
    assert ahead.windows is None
    ahead.counted(B, 6, 60_000)
    assert ahead.windows == 6


def test_a_film_of_an_hour_that_is_looked_at_twice_is_half_done_after_one_look() -> None:
    ahead = Ahead({A: 100})
    ahead.started(A, todo=2, done=0, length_ms=3_600_000)
    assert not ahead.described(A)
    assert (ahead.done_ms, ahead.left_ms) == (1_800_000, 1_800_000)
    assert ahead.described(A), "that was the last of it"
    assert (ahead.done_ms, ahead.left_ms) == (3_600_000, 0)
