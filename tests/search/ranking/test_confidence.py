"""Strays: an answer far less sure than those after it goes behind them; no other moves."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.ranking.confidence import NEXT, falling, strays_later

SURE = st.lists(st.integers(0, 100).map(lambda hundredths: hundredths / 100), max_size=12)


def later(*sure: float) -> list[float]:
    return list(strays_later(sure, lambda one: one))


def test_a_stray_answer_goes_behind_those_after_it() -> None:
    assert later(0.53, 0.30, 0.5, 0.5, 0.5, 0.35) == [0.53, 0.5, 0.5, 0.5, 0.30, 0.35]
    assert later(0.3, 0.32, 0.6, 0.6, 0.6, 0.6)[:4] == [0.6] * 4


def test_one_a_little_less_sure_stays() -> None:
    assert later(0.53, 0.42, 0.5, 0.5, 0.5) == [0.53, 0.42, 0.5, 0.5, 0.5]


@pytest.mark.parametrize("sure", [[], [0.2], [0.9, 0.1], [0.1, 0.9]])
def test_few_answers(sure: list[float]) -> None:
    assert later(*sure) == sorted(sure, reverse=True)


@given(SURE)
def test_no_answer_is_lost_and_none_that_is_left_is_a_stray(sure: list[float]) -> None:
    found = later(*sure)
    assert sorted(found) == sorted(sure)
    if len(sure) > NEXT:
        seen = found[: NEXT + 1]
        assert seen[0] >= min(sure[: NEXT + 1])
    if sure == sorted(sure, reverse=True):
        assert found == sure


@given(SURE, st.integers(0, 12))
def test_the_first_are_the_same_however_many_are_asked_for(sure: list[float], few: int) -> None:
    """Only as many as are needed are looked at, and what comes later changes nothing before."""
    looked_at = 0

    def counted() -> list[float]:
        nonlocal looked_at
        for one in sure:
            looked_at += 1
            yield one

    assert list(islice(strays_later(counted(), lambda one: one), few)) == later(*sure)[:few]
    assert looked_at <= few + NEXT


def test_what_drags_down_what_is_shown_is_less_than_a_stray() -> None:
    shown = falling(strays_later([0.53, 0.30, *[0.5] * 8], lambda one: one))
    assert shown == [0.53, *[0.5] * 8, 0.30]
