"""Merging: every window in exactly one stretch, stretches contiguous, strong neighbours joined."""

from hypothesis import given
from hypothesis import strategies as st

from search.moments import Scored, merge

LONGEST = 60_000


@st.composite
def scored_windows(draw: st.DrawFn) -> list[Scored]:
    windows = []
    row = 0
    for video in "ab":
        step = draw(st.sampled_from([5_000, 10_000]))
        for i in range(draw(st.integers(0, 12))):
            if draw(st.booleans()):
                score = draw(st.floats(0.05, 1))
                windows.append(Scored(video, i * step, i * step + 10_000, score, row))
                row += 1
    return draw(st.permutations(windows))


@given(scored_windows())
def test_stretches_partition_the_windows(windows: list[Scored]) -> None:
    stretches = merge(windows, 0.8, LONGEST)
    assert [s.best.score for s in stretches] == sorted(
        (s.best.score for s in stretches), reverse=True
    )
    for window in windows:
        holders = [
            s
            for s in stretches
            if s.best.fingerprint == window.fingerprint
            and s.start_ms <= window.start_ms
            and window.end_ms <= s.end_ms
        ]
        assert holders, "no window is lost"
    assert len({(s.best.fingerprint, s.best.row) for s in stretches}) == len(stretches)


@given(scored_windows())
def test_no_stretch_is_longer_than_allowed_or_has_a_hole(windows: list[Scored]) -> None:
    for stretch in merge(windows, 0.5, LONGEST):
        inside = sorted(
            (w.start_ms, w.end_ms)
            for w in windows
            if w.fingerprint == stretch.best.fingerprint
            and stretch.start_ms <= w.start_ms
            and w.end_ms <= stretch.end_ms
        )
        reached = inside[0][1]
        for start_ms, end_ms in inside:
            assert start_ms <= reached
            reached = max(reached, end_ms)
        assert (inside[0][0], reached) == (stretch.start_ms, stretch.end_ms)
        assert stretch.end_ms - stretch.start_ms <= max(LONGEST, 10_000)


@given(scored_windows())
def test_the_order_of_the_windows_does_not_matter(windows: list[Scored]) -> None:
    ranked = sorted(windows, key=lambda w: w.row)
    if len({w.score for w in windows}) == len(windows):
        assert merge(windows) == merge(ranked)


def line(*scores: float, length: int = 10_000) -> list[Scored]:
    return [Scored("a", i * length, (i + 1) * length, s, i) for i, s in enumerate(scores)]


def spans(windows: list[Scored]) -> list[tuple[int, int]]:
    return [(s.start_ms // 1000, s.end_ms // 1000) for s in merge(windows)]


def test_strong_neighbours_join_and_weak_ones_do_not() -> None:
    assert spans(line(0.2, 0.5, 0.45, 0.3)) == [(10, 30), (30, 40), (0, 10)]


def test_a_gap_separates() -> None:
    first, _, third = line(0.5, 0.0, 0.5)
    assert spans([first, third]) == [(0, 10), (20, 30)]


def test_cut_free_footage_is_kept_watchable() -> None:
    longest = max(end - start for start, end in spans(line(*[0.5] * 60)))
    assert longest == 120
