"""Coverage: what is described is counted once, and what has come since is told from it."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from search.coverage import Stretches, added, coverage_of, joined

Row = tuple[str, int, int, str]


def table(*rows: Row) -> pa.Table:
    names = ["fingerprint", "start_ms", "end_ms", "recipe"]
    return pa.table({name: [row[i] for row in rows] for i, name in enumerate(names)})


def test_windows_that_meet_or_overlap_are_one_stretch() -> None:
    rows = table(
        ("b", 20, 30, "r"), ("a", 10, 20, "r"), ("a", 0, 10, "r"), ("a", 15, 40, "r"),
        ("a", 16, 18, "r"), ("a", 50, 60, "r"), ("a", 0, 10, "s"),
    )  # fmt: skip
    assert coverage_of(rows, "recipe") == {
        "a": {"r": ((0, 40), (50, 60)), "s": ((0, 10),)},
        "b": {"r": ((20, 30),)},
    }
    assert coverage_of(rows, "recipe", gap_ms=10)["a"]["r"] == ((0, 60),)
    assert coverage_of(table(), "recipe") == {}


def test_only_what_was_not_covered_by_the_same_is_added() -> None:
    before = {"a": {"r": ((0, 10), (20, 30))}, "gone": {"r": ((0, 10),)}}
    assert added(before, before) == {}
    now = {"a": {"r": ((0, 40),)}, "b": {"r": ((0, 5),)}}
    assert added(now, before) == {"a": ((10, 20), (30, 40)), "b": ((0, 5),)}
    anew = {"a": {"better": ((0, 30),)}}
    assert added(anew, before) == {"a": ((0, 30),)}, "described anew"
    assert added(before, joined(before, now)) == {}
    assert joined(before, now)["a"]["r"] == ((0, 40),)


pieces = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8)), max_size=8)


def points(some: Stretches) -> set[int]:
    return {ms for start, end in some for ms in range(start, end)}


@given(pieces, pieces)
def test_what_is_added_is_exactly_what_is_new(
    now: list[tuple[int, int]], before: list[tuple[int, int]]
) -> None:
    def covered(some: list[tuple[int, int]]) -> dict[str, dict[str, Stretches]]:
        rows = [("a", start, start + length, "r") for start, length in some]
        return coverage_of(table(*rows), "recipe") if rows else {}

    def all_of(some: list[tuple[int, int]]) -> set[int]:
        return {ms for start, length in some for ms in range(start, start + length)}

    new = points(added(covered(now), covered(before)).get("a", ()))
    assert new == all_of(now) - all_of(before)
