"""Windows tile a span, or stand apart in it: at every edge, with their right values."""

import itertools
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import RequestError
from indexer.video import Video
from indexer.windows import SHORTEST_TAIL_MS, Window, sparse, tile, windows_of

spans = st.builds(
    lambda start, length: Window(start, start + length),
    st.integers(0, 10**7),
    st.integers(1, 10**7),
)
lengths = st.integers(1_000, 120_000)


@given(spans, lengths)
def test_plain_tiling_covers_the_span_once(span: Window, length_ms: int) -> None:
    windows = tile(span, length_ms)
    assert windows[0].start_ms == span.start_ms
    assert windows[-1].end_ms == span.end_ms
    assert all(a.end_ms == b.start_ms for a, b in itertools.pairwise(windows))
    assert all(w.length_ms == length_ms for w in windows[:-1])
    assert windows[-1].length_ms < length_ms + SHORTEST_TAIL_MS


@given(spans, lengths, st.data())
def test_overlapping_tiling(span: Window, length_ms: int, data: st.DataObject) -> None:
    stride_ms = data.draw(st.integers(max(1, length_ms // 20), length_ms))
    windows = tile(span, length_ms, stride_ms)
    assert windows == sorted(windows)
    assert windows[-1].end_ms == span.end_ms
    assert all(b.start_ms - a.start_ms == stride_ms for a, b in itertools.pairwise(windows))
    assert all(w.end_ms < span.end_ms for w in windows[:-1]), (
        "stops at the first that reaches the end"
    )


def test_a_short_tail_joins_the_window_before() -> None:
    assert tile(Window(0, 20_999), 10_000) == [Window(0, 10_000), Window(10_000, 20_999)]
    assert tile(Window(0, 21_000), 10_000)[-1] == Window(20_000, 21_000)


def test_a_short_video_is_one_window() -> None:
    assert tile(Window(1_400, 1_440), 10_000) == [Window(1_400, 1_440)]


@pytest.mark.parametrize(("length_ms", "stride_ms"), [(999, None), (10_000, 0), (10_000, 10_001)])
def test_nonsense_is_refused(length_ms: int, stride_ms: int | None) -> None:
    with pytest.raises(RequestError):
        tile(Window(0, 60_000), length_ms, stride_ms)


def test_a_window_stands_in_the_middle_of_its_stretch() -> None:
    spans = [(w.start_ms, w.end_ms) for w in sparse(Window(0, 610_000), 10_000, 300_000)]
    assert spans == [(145_000, 155_000), (445_000, 455_000), (600_000, 610_000)]
    assert sparse(Window(0, 605_000), 10_000, 300_000)[-1] == Window(445_000, 455_000)


def test_a_short_video_has_one_sparse_window() -> None:
    assert sparse(Window(500, 4_000), 10_000, 300_000) == [Window(500, 4_000)]
    assert sparse(Window(0, 30_000), 10_000, 300_000) == [Window(10_000, 20_000)]


def test_the_stride_says_which_windows_are_meant() -> None:
    span = Window(0, 900_000)
    assert windows_of(span, 10_000, 10_000) == tile(span, 10_000)
    assert windows_of(span, 10_000, 300_000) == sparse(span, 10_000, 300_000)


@given(
    st.integers(0, 100_000),
    st.integers(1, 5_000_000),
    st.integers(1_000, 60_000),
    st.integers(2, 100),
)
def test_windows_lie_in_the_span_apart_and_in_order(
    start_ms: int, length_ms: int, window_ms: int, share: int
) -> None:
    span = Window(start_ms, start_ms + length_ms)
    windows = sparse(span, window_ms, window_ms * share)
    assert windows
    assert windows[0].start_ms >= span.start_ms
    assert windows[-1].end_ms <= span.end_ms
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(windows))
    assert all(w.length_ms <= window_ms for w in windows)


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
