"""Questions about one of several scenes: what they name is in that one alone."""

from dataclasses import replace

import numpy as np

from toy.dataset.caption_language import (
    MOTION_WORDS,
    PLACES,
)
from toy.dataset.question_families import ask, right
from toy.dataset.random_windows import draw_window
from toy.dataset.visible_labels import Sight
from toy.world.scenes import COLOURS, SHAPES


def test_a_question_about_one_of_several_scenes_has_one_answer() -> None:
    """What a question names is in one scene alone, and the answer is what that scene shows."""
    rng = np.random.default_rng(8)
    asked = 0
    for _ in range(400):
        sights = draw_window(rng, 8, scenes=int(rng.integers(2, 4))).sights
        for kind in ("colour", "shape", "motion", "background"):
            question = ask(kind, sights, rng)
            if question is None:
                continue
            asked += 1
            scenes = zip(*(mark.fits for mark in question.marks), strict=True)
            meant = [seen for seen, fits in zip(sights, scenes, strict=True) if all(fits)]
            assert [mark.about for mark in question.marks if mark.about is not None] == meant
            named = [word for word in (*COLOURS, *SHAPES) if f" {word}" in question.text]
            assert named
            assert all(word in {meant[0].colour, meant[0].shape} for word in named)
            assert right(replace(question, answer=_told(kind, meant[0])), question.answer)
    assert asked > 600


def _told(kind: str, sight: Sight) -> str:
    if kind == "motion":
        return MOTION_WORDS[sight.motion][0][0]
    return PLACES[sight.background] if kind == "background" else str(getattr(sight, kind))
