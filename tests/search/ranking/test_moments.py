"""Merging windows into moments: its laws, and its right values worked out by hand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search.ranking.moments import Stretch, Windows, in_turn, merge, spoken

LONGEST = 60_000
Scored = tuple[int, int, int, float]


@st.composite
def scored_windows(draw: st.DrawFn) -> list[Scored]:
    windows = []
    for video in range(2):
        step = draw(st.sampled_from([5_000, 10_000]))
        for i in range(draw(st.integers(0, 12))):
            if draw(st.booleans()):
                score = draw(st.floats(0.0625, 1, width=32))
                windows.append((video, i * step, i * step + 10_000, score))
    return windows


def merged(windows: list[Scored], **options: float | int | None) -> list[Stretch]:
    columns = np.array([window[:3] for window in windows], np.int64).reshape(-1, 3).T
    scores = np.array([window[3] for window in windows], np.float32)
    return merge(Windows(*columns), scores, **options)  # type: ignore[arg-type]  # mixed types


@given(scored_windows())
def test_stretches_partition_the_windows(windows: list[Scored]) -> None:
    stretches = merged(windows, share=0.8, longest_ms=LONGEST)
    assert [s.score for s in stretches] == sorted((s.score for s in stretches), reverse=True)
    for video, start_ms, end_ms, _ in windows:
        assert any(
            s.video == video and s.start_ms <= start_ms and end_ms <= s.end_ms for s in stretches
        ), "no window is lost"
    assert len({s.best for s in stretches}) == len(stretches)


@given(scored_windows())
def test_no_stretch_is_longer_than_allowed_or_has_a_hole(windows: list[Scored]) -> None:
    for stretch in merged(windows, share=0.5, longest_ms=LONGEST):
        inside = [
            (start_ms, end_ms)
            for video, start_ms, end_ms, _ in windows
            if video == stretch.video and stretch.start_ms <= start_ms and end_ms <= stretch.end_ms
        ]
        reached = inside[0][1]
        for start_ms, end_ms in inside:
            assert start_ms <= reached
            reached = max(reached, end_ms)
        assert (inside[0][0], reached) == (stretch.start_ms, stretch.end_ms)
        assert stretch.end_ms - stretch.start_ms <= max(LONGEST, 10_000)


@given(scored_windows(), st.integers(0, 5))
def test_the_most_asked_for_are_the_best(windows: list[Scored], most: int) -> None:
    assert merged(windows, most=most) == merged(windows)[:most]


def line(*scores: float, length: int = 10_000) -> list[Scored]:
    return [(0, i * length, (i + 1) * length, s) for i, s in enumerate(scores)]


def spans(windows: list[Scored]) -> list[tuple[int, int]]:
    return [(s.start_ms // 1000, s.end_ms // 1000) for s in merged(windows)]


def test_strong_neighbours_join_and_weak_ones_do_not() -> None:
    assert spans(line(0.2, 0.5, 0.45, 0.3)) == [(10, 30), (30, 40), (0, 10)]


def test_a_gap_separates() -> None:
    first, _, third = line(0.5, 0.0, 0.5)
    assert spans([first, third]) == [(0, 10), (20, 30)]


def test_cut_free_footage_is_kept_watchable() -> None:
    longest = max(end - start for start, end in spans(line(*[0.5] * 60)))
    assert longest == 120


def test_videos_take_turns() -> None:
    scored = [("a", 0.9), ("a", 0.8), ("b", 0.7), ("a", 0.6)]
    assert [number for number, _ in in_turn(scored, 0.8, None)] == [0, 2, 1, 3]
    assert [number for number, _ in in_turn(scored, 0.8, 1)] == [0, 2]
    assert in_turn(scored, 1, 2) == [(0, 0.9), (1, 0.8), (2, 0.7)]


def test_sentences_merge_forwards_only() -> None:
    starts = np.array([0, 1_000, 2_000, 60_000])
    windows = Windows(np.zeros(4, np.int64), starts, starts + 900)
    worth = np.array([0.8, 0.9, 0.7, 0.5], np.float32)
    found = [(s.start_ms, s.end_ms) for s in spoken(windows, worth, worth)]
    assert found == [(500, 2_900), (0, 900), (59_500, 60_900)]
