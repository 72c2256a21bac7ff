"""Tiling a video with windows, at every edge, with its right values."""

from pathlib import Path

import pytest

from indexer.errors import RequestError
from indexer.video import Video
from indexer.windows import Window, tile

Spans = list[tuple[int, int]]


def tiled(start_ms: int, end_ms: int, length_ms: int, stride_ms: int | None = None) -> Spans:
    windows = tile(Window(start_ms, end_ms), length_ms, stride_ms)
    return [(window.start_ms, window.end_ms) for window in windows]


@pytest.mark.parametrize(
    ("end_ms", "spans"),
    [
        (10_000, [(0, 10_000)]),
        (10_001, [(0, 10_001)]),
        (10_999, [(0, 10_999)]),
        (11_000, [(0, 10_000), (10_000, 11_000)]),
        (20_000, [(0, 10_000), (10_000, 20_000)]),
        (20_999, [(0, 10_000), (10_000, 20_999)]),
        (500, [(0, 500)]),
        (1, [(0, 1)]),
    ],
)
def test_a_tail_of_less_than_a_second_joins_the_window_before(end_ms: int, spans: Spans) -> None:
    assert tiled(0, end_ms, 10_000) == spans


@pytest.mark.parametrize(
    ("end_ms", "spans"),
    [
        (10_499, [(0, 10_499)]),
        (10_500, [(0, 10_000), (500, 10_500)]),
        (10_999, [(0, 10_000), (500, 10_999)]),
        (11_000, [(0, 10_000), (500, 10_500), (1_000, 11_000)]),
    ],
)
def test_a_tail_shorter_than_a_short_stride_joins_too(end_ms: int, spans: Spans) -> None:
    assert tiled(0, end_ms, 10_000, 500) == spans


def test_overlapping_windows_stop_at_the_first_that_reaches_the_end() -> None:
    assert tiled(0, 15_000, 10_000, 5_000) == [(0, 10_000), (5_000, 15_000)]
    assert tiled(0, 16_000, 10_000, 5_000)[-1] == (10_000, 16_000)
    assert tiled(0, 15_999, 10_000, 5_000) == [(0, 10_000), (5_000, 15_999)]


def test_tiling_begins_where_the_video_does() -> None:
    assert tiled(1_400, 21_400, 10_000) == [(1_400, 11_400), (11_400, 21_400)]


@pytest.mark.parametrize(
    ("length_ms", "stride_ms"), [(999, 999), (1_000, 0), (1_000, 1_001), (1_000, -1)]
)
def test_lengths_and_strides_out_of_bounds(length_ms: int, stride_ms: int) -> None:
    with pytest.raises(RequestError):
        tiled(0, 5_000, length_ms, stride_ms)


def test_lengths_and_strides_at_their_bounds() -> None:
    assert tiled(0, 3_000, 1_000, 1_000) == [(0, 1_000), (1_000, 2_000), (2_000, 3_000)]
    assert tiled(0, 1_002, 1_000, 1) == [(0, 1_000), (1, 1_001), (2, 1_002)]


@pytest.mark.parametrize(("start_ms", "end_ms"), [(5, 5), (5, 4)])
def test_a_window_ends_after_it_starts(start_ms: int, end_ms: int) -> None:
    with pytest.raises(ValueError, match="end after it starts"):
        Window(start_ms, end_ms)
    assert Window(5, 6).length_ms == 1


def test_windows_within_a_gap_are_left_out() -> None:
    span = Window(0, 40_000)
    gap = Window(10_000, 30_000)
    video = Video(Path("/a"), "f", 1, 2, 40_000, span, 6, 4, gaps=(gap,))
    assert video.windows(10_000, 10_000) == [Window(0, 10_000), Window(30_000, 40_000)]
    edge = Video(Path("/a"), "f", 1, 2, 40_000, span, 6, 4, gaps=(Window(10_001, 30_000),))
    assert len(edge.windows(10_000, 10_000)) == 3
    edge = Video(Path("/a"), "f", 1, 2, 40_000, span, 6, 4, gaps=(Window(10_000, 29_999),))
    assert len(edge.windows(10_000, 10_000)) == 3
