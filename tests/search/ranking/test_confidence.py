"""How sure an answer is: from its cosine, shared words and the name, with its right values."""

import numpy as np
import pytest

from search.ranking.confidence import evidence, falling, probability, stems


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
