"""Questions of every kind: all wordings of an answer count, summaries are marked part by part."""

from collections import Counter

import numpy as np

from toy.dataset.caption_language import (
    read_summary,
)
from toy.dataset.question_families import ASKED, ask, describe, right, summarise
from toy.dataset.random_windows import draw_window


def test_a_summary_is_marked_where_each_part_begins_with_what_it_tells() -> None:
    rng = np.random.default_rng(7)
    for _ in range(50):
        question = summarise(rng)
        parts = read_summary(question.answer)
        assert len(question.told) == len(parts)
        for number, (mark, part) in enumerate(zip(question.told, parts, strict=True)):
            assert mark.about is not None
            assert (mark.about.background, mark.about.colour, mark.about.shape) == part
            assert question.answer[: mark.end].count(", then") == number
            assert question.answer[: mark.end].endswith(", then" if number else "")


def test_every_wording_of_an_answer_counts_and_a_wrong_one_does_not() -> None:
    rng = np.random.default_rng(1)
    kinds: Counter[str] = Counter()
    for _ in range(200):
        sights = draw_window(rng, 8).sights
        questions = [ask(kind, sights, rng) for kind in ASKED]
        for question in [describe(sights, rng, 0.5), summarise(rng), *questions]:
            if question is not None:
                kinds[question.kind] += 1
                assert right(question, question.answer)
                assert not right(question, "The")
    assert set(kinds) == {"caption", "summary", *ASKED}
