"""What the toy is asked: families of questions with known answers, and who is right."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from toy.dataset.caption_language import (
    THEN,
    Chooser,
    caption,
    read_background,
    read_caption,
    read_motion,
    read_summary,
    summary,
)
from toy.dataset.claim_questions import ask_match, ask_yes_no
from toy.dataset.question import Mark, Question, pick
from toy.dataset.question_wordings import CAPTION_PROMPTS, SUMMARISE
from toy.dataset.random_windows import draw_scene
from toy.dataset.referring_questions import ask_background, ask_colour, ask_motion, ask_shape
from toy.dataset.visible_labels import Sight
from toy.world.scenes import COLOURS, SHAPES

ATTRIBUTES = ("background", "colour", "shape", "motion")


def right(question: Question, answer: str) -> bool:
    """Whether an answer says what is right, however it is worded."""
    return _READ[question.kind](answer) == _READ[question.kind](question.answer)


def _first_word(text: str) -> str:
    return "".join(re.findall(r"^\s*([a-z]+|\d+)", text.lower()))


def _named(names: Sequence[str]) -> Callable[[str], object]:
    pattern = re.compile(r"\b({})\b".format("|".join(names)))
    return lambda text: pattern.findall(text.lower())


_READ: dict[str, Callable[[str], object]] = {
    "caption": read_caption,
    "yes/no": _first_word,
    "match": _first_word,
    "colour": _named(list(COLOURS)),
    "shape": _named(SHAPES),
    "motion": read_motion,
    "background": read_background,
    "summary": read_summary,
}
KINDS = tuple(_READ)


_ASKED: dict[str, Callable[[Sequence[Sight], np.random.Generator], Question | None]] = {
    "yes/no": ask_yes_no,
    "match": ask_match,
    "colour": ask_colour,
    "shape": ask_shape,
    "motion": ask_motion,
    "background": ask_background,
}
ASKED = tuple(_ASKED)


def describe(sights: Sequence[Sight], rng: np.random.Generator, share_any: float) -> Question:
    """Return the request to describe a window, and its description."""
    prompt = pick(rng, CAPTION_PROMPTS)
    return Question("caption", prompt, caption(sights, Chooser(rng, share_any)))


def ask(kind: str, sights: Sequence[Sight], rng: np.random.Generator) -> Question | None:
    """Return a question of `kind` about what a window shows, or None where none suits it."""
    return _ASKED[kind](sights, rng)


def summarise(rng: np.random.Generator, count: int = 0, *, new: bool = False) -> Question:
    """Return the request to sum up the descriptions of `count` windows, where 0 of two to four.

    It needs no pictures.
    """
    sights: list[Sight] = []
    lines: list[str] = []
    for line in range(count or int(rng.integers(2, 5))):
        here = [_told(rng, new) for _ in range(2 if rng.random() < 0.2 else 1)]
        if sights and rng.random() < 0.25:
            here[0] = sights[-1]
        sights += here
        said = caption([replace(sight, size=_any_size(rng, sight)) for sight in here], Chooser(rng))
        lines.append(f"{line + 1}. {said}")
    text = "\n".join([pick(rng, SUMMARISE), *lines])
    return Question("summary", text, summary(sights), told=_told_next(sights))


def _told_next(sights: Sequence[Sight]) -> tuple[Mark, ...]:
    """Return marks in a summary's answer, before each of its parts, about what that tells."""
    things = [*dict.fromkeys(Sight(each.background, each.colour, each.shape) for each in sights)]
    ends = [0]
    for count in range(1, len(things)):
        ends.append(len(summary(things[:count]).removesuffix(".") + THEN.rstrip()))
    return tuple(Mark(end, about=thing) for end, thing in zip(ends, things, strict=True))


def _told(rng: np.random.Generator, new: bool) -> Sight:
    scene = draw_scene(rng, 8.0, 4 / 3, new=new)
    return Sight(scene.background, scene.colour, scene.shape, scene.motion)


def _any_size(rng: np.random.Generator, sight: Sight) -> str:
    return pick(rng, ("", "small", "large")) if sight.shape else ""
