"""Questions about one thing in a window, called so that no other scene's thing can be meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from toy.dataset.caption_language import MOTION_WORDS, PLACES, capital, with_article
from toy.dataset.question import Mark, Question, fits, matching, pick
from toy.dataset.question_wordings import COLOUR, MOTION, PLACE, SHAPE
from toy.dataset.visible_labels import Sight


@dataclass(frozen=True, slots=True)
class _Reference:
    """Words for a sight's shape that fit no other sight, with marks counted from their start."""

    words: str
    marks: tuple[Mark, ...]


def ask_colour(sights: Sequence[Sight], rng: np.random.Generator) -> Question | None:
    """Ask what colour a thing is."""
    sight = pick(rng, sights)
    it = _reference(rng, sight, sights, "shape")
    if it is None:
        return None
    return _referring("colour", pick(rng, COLOUR), it, f"{capital(sight.colour)}.")


def ask_shape(sights: Sequence[Sight], rng: np.random.Generator) -> Question | None:
    """Ask what shape a thing is."""
    sight = pick(rng, sights)
    it = _reference(rng, sight, sights, "colour")
    if it is None:
        return None
    answer = f"{capital(with_article(sight.shape))}."
    return _referring("shape", pick(rng, SHAPE), it, answer)


def ask_motion(sights: Sequence[Sight], rng: np.random.Generator) -> Question | None:
    """Ask how a thing moves."""
    sight = pick(rng, sights)
    it = _reference(rng, sight, sights, "both")
    if it is None or not sight.motion:
        return None
    answer = f"It {MOTION_WORDS[sight.motion][0][0]}."
    return _referring("motion", pick(rng, MOTION), it, answer)


def ask_background(sights: Sequence[Sight], rng: np.random.Generator) -> Question | None:
    """Ask what is behind a thing."""
    sight = pick(rng, sights)
    way, answer = pick(rng, PLACE), f"{capital(PLACES[sight.background])}."
    if "{}" in way:
        it = _reference(rng, sight, sights, "both")
        return None if it is None else _referring("background", way, it, answer)
    if len(sights) > 1:
        return None
    return Question("background", way, answer, (Mark(len(way), about=sight),))


def _referring(kind: str, way: str, it: _Reference, answer: str) -> Question:
    """Return a question about the thing called `it`, marked where that is said."""
    start = way.index("{}")
    marks = tuple(replace(mark, end=start + mark.end) for mark in it.marks)
    return Question(kind, way.format(it.words), answer, marks)


def _reference(
    rng: np.random.Generator, sight: Sight, sights: Sequence[Sight], by: str
) -> _Reference | None:
    """Return what to call a sight's shape, or None where that would fit another scene's too."""
    if not sight.shape:
        return None
    if len(sights) == 1 and rng.random() < 0.4:
        words = pick(rng, ("it", "the shape", "the object"))
        return _Reference(words, (Mark(len(words), about=sight),))
    if by == "both":
        by = pick(rng, ("shape", "colour", "colour", "all"))
    keys = ("colour", "shape") if by == "all" else (by,)
    if sum(matching(keys, sight, seen) == len(keys) for seen in sights) != 1:
        return None
    words, marks = "the", []
    for key in keys:
        words += f" {getattr(sight, key)}"
        marks.append(Mark(len(words), fits(key, sight, sights)))
    marks[-1] = replace(marks[-1], about=sight)
    return _Reference(words if "shape" in keys else f"{words} shape", tuple(marks))
