"""Of one time the best answer stays: by words or pictures, or one that was kept."""

from __future__ import annotations

import pytest

from search.ranking.overlap_suppression import Time, compete


def time(
    start_s: int, end_s: int, *, said: bool = False, kept: bool = False, content: str = "a"
) -> Time:
    span = start_s * 1000, end_s * 1000
    return Time(content, span, span, said, kept)


@pytest.mark.parametrize(
    ("better", "worse", "stays"),
    [
        # What is said and what is seen: once they overlap at all.
        (time(0, 10), time(9, 12, said=True), False),
        (time(9, 12, said=True), time(0, 10), False),
        (time(0, 10), time(10, 12, said=True), True),
        # Of one kind: windows may overlap.
        (time(0, 10), time(5, 15), True),
        (time(9, 12, said=True), time(9, 12, said=True), True),
        # An answer that was kept: where half of the worse is shown.
        (time(0, 10), time(0, 10, kept=True), False),
        (time(0, 10, kept=True), time(0, 10), False),
        (time(0, 10, kept=True), time(0, 10, kept=True), False),
        (time(0, 10), time(5, 15, kept=True), False),
        (time(0, 10), time(6, 16, kept=True), True),
        (time(0, 60), time(20, 26, kept=True), False),
        (time(20, 26, kept=True), time(0, 60), True),
        # One about a whole film leaves what is seen in it.
        (time(0, 20, kept=True), time(0, 10), False),
        (time(0, 21, kept=True), time(0, 10), True),
        # Another video is another time.
        (time(0, 10), time(0, 10, kept=True, content="b"), True),
        (time(0, 10), time(0, 10, said=True, content="b"), True),
    ],
)
def test_a_time_is_answered_once(better: Time, worse: Time, stays: bool) -> None:
    assert compete([better, worse]) == ([0, 1] if stays else [0])


def test_what_went_stands_for_nothing() -> None:
    assert compete([time(0, 10), time(5, 15, kept=True), time(10, 20, kept=True)]) == [0, 2]
