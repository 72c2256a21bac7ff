"""Merging windows into moments, with its right values worked out by hand."""

from pathlib import Path

import numpy as np
import pytest

from indexer.video import Video
from indexer.windows import Window
from search.ranking.moments import LONGEST_MS, NEIGHBOUR_SHARE, Moment, Windows, in_turn, merge

Row = tuple[int, int, int]


def spans(
    rows: list[Row], scores: list[float], own: list[float] | None = None, **options: float
) -> list[tuple[int, int, int]]:
    """Return each stretch's start, end and best row, best first."""
    windows = Windows(*np.array(rows, np.int64).reshape(-1, 3).T)
    worth = None if own is None else np.array(own, np.float32)
    found = merge(windows, np.array(scores, np.float32), worth, **options)  # type: ignore[arg-type]
    return [(stretch.start_ms, stretch.end_ms, stretch.best) for stretch in found]


def line(count: int, length: int = 10) -> list[Row]:
    return [(0, i * length, (i + 1) * length) for i in range(count)]


def test_what_was_chosen() -> None:
    assert (NEIGHBOUR_SHARE, LONGEST_MS) == (0.65, 120_000)


def test_the_better_side_is_taken_first() -> None:
    assert spans(line(3), [0.7, 1, 0.8], longest_ms=20) == [(10, 30, 1), (0, 10, 0)]
    assert spans(line(3), [0.8, 1, 0.7], longest_ms=20) == [(0, 20, 1), (20, 30, 2)]


def test_a_neighbour_at_exactly_the_share_belongs() -> None:
    assert spans(line(2), [0.5, 1], share=0.5) == [(0, 20, 1)]
    assert spans(line(2), [0.4375, 1], share=0.5) == [(10, 20, 1), (0, 10, 0)]


def test_a_stretch_of_exactly_the_longest_is_allowed() -> None:
    assert spans(line(3), [1, 1, 1], longest_ms=30) == [(0, 30, 0)]
    assert spans(line(3), [1, 1, 1], longest_ms=29) == [(0, 20, 0), (20, 30, 2)]


def test_a_single_window_may_be_longer_than_the_longest() -> None:
    assert spans([(0, 0, 500)], [1], longest_ms=0) == [(0, 500, 0)]
    assert spans(line(2), [1, 1], longest_ms=0) == [(0, 10, 0), (10, 20, 1)]


def test_touching_windows_join_and_a_gap_of_a_millisecond_parts() -> None:
    assert spans([(0, 0, 10), (0, 10, 20)], [1, 1]) == [(0, 20, 0)]
    assert spans([(0, 0, 10), (0, 11, 20)], [1, 1]) == [(0, 10, 0), (11, 20, 1)]
    assert spans([(0, 0, 10), (0, 11, 20)], [0.9, 1]) == [(11, 20, 1), (0, 10, 0)]
    assert spans([(0, 0, 10), (0, 10, 20)], [0.9, 1]) == [(0, 20, 1)]


def test_a_window_within_another_widens_nothing() -> None:
    assert spans([(0, 0, 30), (0, 10, 20)], [1, 0.9]) == [(0, 30, 0)]
    assert spans([(0, 0, 30), (0, 10, 20)], [0.9, 1]) == [(0, 30, 1)]


def test_other_videos_are_left_alone() -> None:
    assert spans([(0, 0, 10), (1, 0, 10)], [1, 0.9]) == [(0, 10, 0), (0, 10, 1)]
    assert spans([(0, 0, 10), (1, 0, 10)], [0.9, 1]) == [(0, 10, 1), (0, 10, 0)]


def test_the_share_is_of_the_best_window_not_of_the_last_one_taken() -> None:
    assert spans(line(3), [1, 0.75, 0.5], share=0.7) == [(0, 20, 0), (20, 30, 2)]


def test_neighbours_are_judged_by_their_own_scores() -> None:
    scores, own = [0.9, 1.0, 0.9], [0.1, 0.5, 0.4]
    assert spans(line(3), scores, own, share=0.65) == [(10, 30, 1), (0, 10, 0)]


def test_the_score_and_video_are_those_of_the_best_window() -> None:
    windows = Windows(*np.array([(4, 0, 10), (4, 10, 20)], np.int64).T)
    (stretch,) = merge(windows, np.array([0.5, 0.75], np.float32))
    assert (stretch.video, stretch.score, stretch.best) == (4, 0.75, 1)


def test_no_more_than_the_most_are_grown() -> None:
    apart = [(0, i * 100, i * 100 + 10) for i in range(4)]
    assert spans(apart, [0.4, 0.3, 0.2, 0.1], most=0) == []
    assert len(spans(apart, [0.4, 0.3, 0.2, 0.1], most=3)) == 3
    assert len(spans(apart, [0.4, 0.3, 0.2, 0.1])) == 4


def test_of_equals_the_first_leads() -> None:
    apart = [(0, 0, 10), (0, 50, 60), (0, 100, 110)]
    assert [best for *_, best in spans(apart, [0.5, 0.5, 0.5])] == [0, 1, 2]


SCORED = [("a", 0.9), ("a", 0.8), ("a", 0.7), ("b", 0.5)]


@pytest.mark.parametrize(
    ("per_video", "numbers"), [(None, [0, 3, 1, 2]), (1, [0, 3]), (2, [0, 3, 1]), (0, [])]
)
def test_a_video_repeats_as_often_as_it_may(per_video: int | None, numbers: list[int]) -> None:
    assert [number for number, _ in in_turn(SCORED, 0.5, per_video)] == numbers


def test_each_repeat_costs_once_more() -> None:
    turns = dict(in_turn(SCORED, 0.5, None))
    assert turns == {0: 0.9, 1: pytest.approx(0.4), 2: pytest.approx(0.175), 3: 0.5}


def test_of_equal_turns_the_first_comes_first() -> None:
    assert [number for number, _ in in_turn([("a", 0.5), ("b", 0.5)], 0.5, None)] == [0, 1]


@pytest.mark.parametrize(("confidence", "word"), [(0.5, "strong"), (0.49, "weak"), (1.0, "strong")])
def test_strong_is_likelier_than_not(confidence: float, word: str) -> None:
    video = Video(Path("/a"), "f", 1, 2, 9, Window(0, 9), 6, 4)
    assert Moment(video, 0, 9, 0.1, "x", confidence=confidence).certainty == word
