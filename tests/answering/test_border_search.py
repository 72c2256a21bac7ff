"""Where a moment's borders are looked for, and where the odds put them."""

from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from answering import Answering
from answering.border_search import Closeness, narrowed, parts, steps
from indexer.windows import Window
from search.library import Library
from tests.answering.known_moments import moment


def test_borders_are_narrowed_to_within_a_second(
    answering: Answering, library: Library, films: Path
) -> None:
    found = moment(library, films / "first.mp4", 10, 20)
    (tight,) = answering.tighten("a green picture", [found])
    assert abs(tight.moment.start_ms - 7_000) <= 1_000
    assert abs(tight.moment.end_ms - 21_000) <= 1_000
    (first,) = answering.tighten("a red picture", [moment(library, films / "first.mp4", 0, 10)])
    assert first.moment.start_ms == 0
    assert abs(first.moment.end_ms - 7_000) <= 1_000


def test_borders_stay_where_nothing_is_seen(
    answering: Answering, library: Library, films: Path
) -> None:
    found = moment(library, films / "first.mp4", 10, 20)
    (same,) = answering.tighten("a yellow picture", [found])
    assert same.moment == found


def test_parts_come_in_order_from_the_likeliest() -> None:
    cut = parts(Window(0, 30_000), 6_000, Window(10_000, 20_000))
    assert [(part.start_ms, part.end_ms) for part in cut] == [
        (10_000, 15_000), (15_000, 20_000),
        (5_000, 10_000), (20_000, 25_000), (0, 5_000), (25_000, 30_000),
    ]  # fmt: skip


@given(st.integers(1, 200_000), st.integers(500, 20_000))
def test_parts_tile_the_whole(length_ms: int, longest_ms: int) -> None:
    cut = sorted(parts(Window(7, 7 + length_ms), longest_ms))
    assert (cut[0].start_ms, cut[-1].end_ms) == (7, 7 + length_ms)
    assert all(a.end_ms == b.start_ms for a, b in pairwise(cut))
    assert max(part.length_ms for part in cut) <= longest_ms


def test_steps_reach_outside_but_not_out_of_the_video() -> None:
    closely = Closeness(step_ms=1_000, span_ms=2_000, margin_ms=3_000)
    found = steps(Window(1_000, 6_000), Window(0, 8_500), closely)
    assert (found[0], found[-1]) == (Window(0, 2_000), Window(6_500, 8_500))
    assert len(found) == 8


def test_borders_lie_where_the_odds_cross() -> None:
    stepped = [Window(at, at + 2_000) for at in range(0, 20_000, 1_000)]
    likely = [0.95 if 6_000 <= step.start_ms <= 12_000 else 0.02 for step in stepped]
    found = narrowed(Window(0, 20_000), stepped, likely, 0.5)
    assert found is not None
    assert abs(found.start_ms - 6_500) <= 200
    assert abs(found.end_ms - 13_500) <= 200
    # One step that errs does not cut a moment in two.
    likely[9] = 0.1
    assert narrowed(Window(0, 20_000), stepped, likely, 0.5) == found
    assert narrowed(Window(0, 20_000), stepped, [0.3] * 20, 0.5) is None
    assert narrowed(Window(0, 20_000), stepped, [0.97] * 20, 0.5) == Window(0, 21_000)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_borders_stay_within_the_steps(likely: list[float]) -> None:
    stepped = [Window(1_000 * i, 1_000 * i + 2_000) for i in range(len(likely))]
    found = narrowed(Window(0, 1_000 * len(likely)), stepped, likely, 0.5)
    if found is not None:
        assert stepped[0].start_ms <= found.start_ms < found.end_ms <= stepped[-1].end_ms
