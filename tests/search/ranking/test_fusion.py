"""The fusion of scores, with its right values worked out by hand."""

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from search.ranking.candidates import together
from search.ranking.fusion import BEST, Floats, Ranking, fuse, with_surroundings
from search.ranking.moments import Windows

PLAIN = Ranking(cosine=1.0, keywords=0.15, surroundings=0.2, reach_ms=120_000, away=0.6)


def floats(*values: float) -> Floats:
    return np.array(values, np.float32)


NONE = floats(0, 0)


def test_the_best_found_are_the_defaults() -> None:
    assert Ranking(1.0, 0.15, 0.6, 0.2, 120_000, 0.6, 0.8, True) == BEST


def test_words_count_by_the_best_windows_and_the_best_score_is_one() -> None:
    got = fuse(floats(1, 0.5), floats(4, 2), NONE, PLAIN)
    assert got.tolist() == pytest.approx([1.0, (0.5 + 0.15 * 0.5) / 1.15])
    assert got.dtype == np.float32


def test_without_words_the_cosine_is_the_score() -> None:
    assert fuse(floats(1, 0.5), NONE, NONE, PLAIN).tolist() == pytest.approx([1, 0.5])
    twice = Ranking(cosine=2.0)
    assert fuse(floats(1, 0.5), NONE, NONE, twice).tolist() == pytest.approx([1, 0.5])


def test_words_are_weighed_with_the_cosine() -> None:
    mixed = Ranking(cosine=2.0, keywords=0.5)
    got = fuse(floats(0.5, 0.5), floats(0, 8), NONE, mixed)
    assert got.tolist() == pytest.approx([1 / 2.5, 1.5 / 2.5])


def test_a_faint_word_is_the_best_word_where_there_is_no_better() -> None:
    got = fuse(NONE, floats(0.01, 0.005), NONE, PLAIN)
    assert got.tolist() == pytest.approx([0.15 / 1.15, 0.075 / 1.15])


def test_nearness_to_the_unwanted_costs_and_distance_gains_nothing() -> None:
    got = fuse(floats(1, 0.5), NONE, floats(0.5, -0.5), PLAIN)
    assert got.tolist() == pytest.approx([1 - 0.6 * 0.5, 0.5])


def test_nothing_fuses_to_nothing() -> None:
    empty = floats()
    assert fuse(empty, empty, empty, PLAIN).shape == (0,)


def line(*windows: tuple[int, int, int]) -> Windows:
    columns = np.array(windows, np.int64).reshape(-1, 3).T
    return Windows(*columns)


def around(
    scores: Floats,
    windows: Windows,
    duration_ms: int,
    window_ms: int = 10_000,
    ranking: Ranking = PLAIN,
) -> list[float]:
    durations: NDArray[np.int64] = np.full(len(scores), duration_ms, np.int64)
    got = with_surroundings(scores, windows, durations, window_ms, ranking)
    return [float(score) for score in got]


THREE = line((0, 0, 10_000), (0, 10_000, 20_000), (0, 20_000, 30_000))


def test_each_window_gets_the_mean_of_those_around_it() -> None:
    got = around(floats(1, 0.5, 0), THREE, 30_000)
    assert got == pytest.approx([1.1 / 1.2, 0.6 / 1.2, 0.1 / 1.2])


def test_the_weight_is_divided_by_again() -> None:
    got = around(floats(1, 0.5, 0), THREE, 30_000, ranking=Ranking(surroundings=0.5))
    assert got == pytest.approx([1.25 / 1.5, 0.75 / 1.5, 0.25 / 1.5])


def test_the_best_possible_score_stays_one() -> None:
    assert around(floats(1, 1, 1), THREE, 30_000) == pytest.approx([1, 1, 1])


def test_without_a_weight_or_windows_nothing_changes() -> None:
    assert around(floats(1, 0, 0), THREE, 30_000, ranking=Ranking(surroundings=0)) == [1, 0, 0]
    assert around(floats(), line(), 0) == []


def test_scores_below_nothing_take_nothing_from_others() -> None:
    two = line((0, 0, 10_000), (0, 10_000, 20_000))
    got = around(floats(1, -1), two, 20_000)
    assert got == pytest.approx([(1 + 0.2 * 0.5) / 1.2, (-1 + 0.2 * 0.5) / 1.2])


def test_room_for_windows_that_are_not_at_hand_counts_up_to_the_ends_of_the_video() -> None:
    one = line((0, 0, 10_000))
    assert around(floats(1), one, 20_000) == pytest.approx([(1 + 0.2 / 2) / 1.2])
    # Far from the end: 120 s of reach after the middle at 5 s, and 5 s before it.
    assert around(floats(1), one, 1_000_000) == pytest.approx([(1 + 0.2 / 12.5) / 1.2])
    late = line((0, 495_000, 505_000))
    assert around(floats(1), late, 1_000_000) == pytest.approx([(1 + 0.2 / 24) / 1.2])
    last = line((0, 990_000, 1_000_000))
    assert around(floats(1), last, 1_000_000) == pytest.approx([(1 + 0.2 / 12.5) / 1.2])


def test_overlapping_windows_are_all_counted() -> None:
    three = line((0, 0, 10_000), (0, 5_000, 15_000), (0, 10_000, 20_000))
    assert around(floats(0.9, 0.9, 0.9), three, 20_000) == pytest.approx([0.9] * 3)


def test_a_video_of_unknown_length_has_the_windows_that_are_there() -> None:
    assert around(floats(1, 0.5, 0), THREE, 0) == pytest.approx([1.1 / 1.2, 0.6 / 1.2, 0.1 / 1.2])


def test_a_stride_of_nothing_divides_nothing() -> None:
    got = around(floats(1), line((0, 0, 2)), 4, window_ms=0)
    assert got == pytest.approx([(1 + 0.2 / 4) / 1.2])


@pytest.mark.parametrize(("gap_ms", "seen"), [(0, True), (1, False)])
def test_the_reach_ends_at_120_seconds(gap_ms: int, seen: bool) -> None:
    start_ms = 120_000 + gap_ms
    two = line((0, 0, 10_000), (0, start_ms, start_ms + 10_000))
    first, second = around(floats(1, 0), two, 130_000, window_ms=130_000)
    mean = 1 / 2 if seen else 0.0
    assert second == pytest.approx(0.2 * mean / 1.2)
    assert first == pytest.approx((1 + 0.2 * (1 / 2 if seen else 1)) / 1.2)


def test_videos_do_not_reach_each_other() -> None:
    two = line((0, 0, 10_000), (1, 0, 10_000))
    assert around(floats(1, 0), two, 10_000) == pytest.approx([1, 0])
    swapped = line((0, 0, 10_000), (1, 110_000, 120_000))
    got = around(floats(0, 1), swapped, 120_000, window_ms=120_000)
    assert got == pytest.approx([0, 1])


def test_order_of_rows_does_not_matter() -> None:
    mixed = line((0, 20_000, 30_000), (0, 0, 10_000), (0, 10_000, 20_000))
    got = around(floats(0, 1, 0.5), mixed, 30_000)
    assert got == pytest.approx([0.1 / 1.2, 1.1 / 1.2, 0.6 / 1.2])


def found(rows: list[tuple[str, int, int, float, int]], scores: list[float] | None) -> pa.Table:
    """Return rows as a search gives them: fingerprint, start, end, vector's first, row id."""
    names, starts, ends, vectors, ids = zip(*rows, strict=True)
    flat = pa.array([each for v in vectors for each in (v, 0.0)], pa.float32())
    columns = {
        "fingerprint": pa.array(names),
        "start_ms": pa.array(starts, pa.int64()),
        "end_ms": pa.array(ends, pa.int64()),
        "vector": pa.FixedSizeListArray.from_arrays(flat, 2),
        "_rowid": pa.array(ids, pa.uint64()),
    }
    if scores is not None:
        columns["_score"] = pa.array(scores, pa.float32())
    return pa.table(columns)


def test_rows_found_twice_are_one_with_their_best_keyword_score() -> None:
    near = found([("b", 0, 9, 0.1, 5), ("a", 10, 19, 0.2, 3)], None)
    words = found([("a", 10, 19, 0.2, 3), ("a", 0, 9, 0.3, 9)], [2.0, 1.5])
    heard = found([("a", 10, 19, 0.2, 3)], [3.0])
    got = together([near, words, heard])
    by_id = {
        int(number): (
            got.names[video], int(start), int(end), pytest.approx(float(vector[0])), float(score)
        )
        for number, video, start, end, vector, score in zip(
            got.ids, got.windows.videos, got.windows.starts_ms, got.windows.ends_ms,
            got.vectors, got.keywords, strict=True,
        )
    }  # fmt: skip
    assert by_id == {
        3: ("a", 10, 19, pytest.approx(0.2), 3.0),
        5: ("b", 0, 9, pytest.approx(0.1), 0.0),
        9: ("a", 0, 9, pytest.approx(0.3), 1.5),
    }
    places = [*zip(got.windows.videos, got.windows.starts_ms, got.windows.ends_ms, strict=True)]
    assert places == sorted(places)


def test_candidates_are_ordered_by_start_then_end() -> None:
    rows = [("a", 10, 30, 0.0, 1), ("a", 10, 20, 0.0, 2), ("a", 0, 40, 0.0, 3)]
    assert together([found(rows, None)]).ids.tolist() == [3, 2, 1]
