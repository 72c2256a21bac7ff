"""Windows tile a span: no gap, no overlap unless asked for, no tiny tail."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import RequestError
from indexer.windows import SHORTEST_TAIL_MS, Window, tile

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
