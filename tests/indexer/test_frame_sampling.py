"""Frames are taken from the middles of equal parts of a window."""

import pytest

from indexer.frame_sampling import sample_times
from indexer.windows import Window


@pytest.mark.parametrize(
    ("window", "frames", "times"),
    [
        (Window(0, 10_000), 8, [625, 1_875, 3_125, 4_375, 5_625, 6_875, 8_125, 9_375]),
        (Window(30_000, 40_000), 1, [35_000]),
        (Window(7, 10), 2, [7, 9]),
        (Window(5, 6), 3, [5, 5, 5]),  # shorter than its frames: none lies outside
    ],
)
def test_frames_lie_in_the_middles_of_equal_parts(
    window: Window, frames: int, times: list[int]
) -> None:
    assert sample_times(window, frames) == times
