"""Claims: yes and no are as common, and what is false is false of something seen."""

from collections import Counter

import numpy as np

from toy.dataset.claim_questions import ask_closely
from toy.dataset.question_families import ask
from toy.dataset.random_windows import draw_window


def test_the_last_stage_asks_what_the_motion_alone_decides() -> None:
    rng = np.random.default_rng(8)
    answers: Counter[str] = Counter()
    for _ in range(300):
        sights = draw_window(rng, 8, scenes=1).sights
        question = ask_closely(sights, rng)
        if question is None:
            continue
        answers[question.answer] += 1
        misfits = sum(not mark.fits[0] for mark in question.marks)
        assert misfits == (question.answer == "No.")
    assert 0.4 < answers["No."] / answers.total() < 0.6


def test_yes_and_no_are_as_common_and_no_is_never_impossible() -> None:
    rng = np.random.default_rng(2)
    answers: Counter[str] = Counter()
    for _ in range(1500):
        question = ask("yes/no", draw_window(rng, 8).sights, rng)
        if question is not None:
            answers[question.answer] += 1
    assert 0.42 < answers["No."] / answers.total() < 0.58
