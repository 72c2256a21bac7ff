"""Sparse windows: a first look at a video, one window in every so often."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from indexer.windows import Window, sparse, tile, windows_of


def test_a_window_stands_in_the_middle_of_its_stretch() -> None:
    spans = [(w.start_ms, w.end_ms) for w in sparse(Window(0, 610_000), 10_000, 300_000)]
    assert spans == [(145_000, 155_000), (445_000, 455_000), (600_000, 610_000)]
    assert sparse(Window(0, 605_000), 10_000, 300_000)[-1] == Window(445_000, 455_000)


def test_a_short_video_is_one_window() -> None:
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
