"""How sure an answer is, and that one far less sure than those after it goes behind them."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.ranking.confidence import (
    NEXT,
    evidence,
    falling,
    probability,
    stems,
    strays_later,
)

SURE = st.lists(st.integers(0, 100).map(lambda hundredths: hundredths / 100), max_size=12)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The dogs are jumping", {"dog", "jump"}),
        ("Boxes washed, buses", {"box", "wash", "bus"}),
        ("sing, red, is, his", {"sing", "red"}),  # too little would be left
        ("Käthe a é 9 猫", {"kathe", "猫"}),
        ("of the and", set()),
    ],
)
def test_stems_are_words_that_carry_meaning(text: str, words: set[str]) -> None:
    assert stems(text) == words


def test_a_probability_follows_the_fitted_weights() -> None:
    assert probability(0.65625, 0.0) == pytest.approx(0.5)  # 3.2 x 0.65625 = 2.1
    assert probability(0.0, 0.0) == pytest.approx(1 / (1 + np.exp(2.1)))
    assert probability(0.5, 1.0) == pytest.approx(1 / (1 + np.exp(0.02)))


def test_words_of_the_name_count_as_shared_and_the_name_itself_on_top() -> None:
    asked = evidence(np.array([0.0, 0.5], np.float32), "a red dog")
    half, whole = probability(0.5, 0.5), probability(0.5, 1.0)
    assert asked.confidence(1, "A dog runs.", "") == pytest.approx(half)
    assert asked.confidence(1, "A dog runs.", "Look, red!") == pytest.approx(whole)
    assert asked.confidence(1, "A dog runs.", "", frozenset({"red"})) == pytest.approx(whole)
    surer = asked.confidence(1, "A dog runs.", "", by_name=0.5)
    assert surer == pytest.approx(half + (1 - half) / 2)


def test_where_nobody_asks_by_meaning_the_share_of_words_counts() -> None:
    asked = evidence(np.zeros(2, np.float32), "a red dog")
    assert asked.confidence(0, "dogs", "") == 0.5
    assert evidence(np.zeros(2, np.float32), "the of").confidence(0, "dogs", "") == 0.0


def test_none_is_surer_than_the_one_above_it() -> None:
    assert falling([0.5, 0.6, 0.4, 0.45]) == [0.5, 0.5, 0.4, 0.4]
    assert falling([]) == []


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
