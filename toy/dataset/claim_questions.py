"""Questions that make a claim: is it so, and how much of it; as often right as wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from toy.dataset.caption_language import (
    BACKGROUND_WORDS,
    MOTION_WORDS,
    PLACES,
    capital,
    with_article,
)
from toy.dataset.question import Mark, Question, fits, matching, pick
from toy.dataset.question_wordings import MATCH, YES_NO
from toy.dataset.visible_labels import Sight, held_out
from toy.world.scenes import BACKGROUNDS, COLOURS, HIDDEN, MOTIONS, ROUND, SHAPES

# What a claim may state, the commonest first.
_STATED = (
    ("colour", "shape"),
    ("colour", "shape", "motion"),
    ("colour", "shape", "background"),
    ("colour", "shape", "motion", "background"),
    ("shape", "motion"),
    ("shape", "background"),
    ("colour", "motion"),
    ("colour", "background"),
    ("colour",),
    ("shape",),
    ("motion",),
    ("background",),
)
_STATED_SHARES = np.array([6, 4, 4, 4, 1, 1, 1, 1, 1, 2, 1, 2]) / 28


def claim(
    sight: Sight, stated: Sequence[str], rng: np.random.Generator
) -> tuple[str, dict[str, int]]:
    """Return words for some attributes of a sight: "a red star spinning in place".

    And where in them the words for each attribute end.
    """
    if tuple(stated) == ("background",):
        place = PLACES[sight.background]
        return place, {"background": len(place)}
    first = sight.colour if "colour" in stated else sight.shape
    words = with_article(first).removesuffix(first).strip() if "shape" in stated else "something"
    said = {
        "colour": sight.colour,
        "shape": sight.shape,
        "motion": pick(rng, MOTION_WORDS[sight.motion])[1] if "motion" in stated else "",
        "background": pick(rng, BACKGROUND_WORDS[sight.background]),
    }
    ends = {}
    for attribute in ("colour", "shape", "motion", "background"):
        if attribute in stated:
            words += f" {said[attribute]}"
            ends[attribute] = len(words)
    return words, ends


def _claimed(
    rng: np.random.Generator,
    ways: Sequence[str],
    said: Sight,
    stated: Sequence[str],
    sights: Sequence[Sight],
) -> tuple[str, tuple[Mark, ...]]:
    """Return a question that makes a claim, with marks where its attributes are said."""
    way = pick(rng, ways)
    words, ends = claim(said, stated, rng)
    start = way.index("{}")
    marks = tuple(
        Mark(start + end, fits(attribute, said, sights)) for attribute, end in ends.items()
    )
    return capital(way.format(words)), marks


def ask_simply(sights: Sequence[Sight], rng: np.random.Generator) -> Question | None:
    """Return a question with yes or no about a single attribute: the first to be learnt."""
    return ask_yes_no(sights, rng, pick(rng, [each for each in _STATED if len(each) == 1]))


def ask_closely(sights: Sequence[Sight], rng: np.random.Generator) -> Question | None:
    """Return a question with yes or no that the motion alone decides: the last to be learnt."""
    return ask_yes_no(sights, rng, pick(rng, [s for s in _STATED if "motion" in s]), ("motion",))


def ask_yes_no(
    sights: Sequence[Sight],
    rng: np.random.Generator,
    stated: Sequence[str] = (),
    wrong: Sequence[str] = (),
) -> Question | None:
    """Return whether some scene is as stated, to be answered with yes or no.

    `stated` are the attributes that are told, `wrong` those that are changed where the answer is
    no; else both are drawn.
    """
    wanted = rng.random() < 0.5
    stated = stated or _STATED[int(rng.choice(len(_STATED), p=_STATED_SHARES))]
    if not _can_state(stated, sights):
        return None
    said = pick(rng, sights)
    if not wanted:
        changed = _changed(rng, stated, wrong or _drawn(rng, stated), said, sights)
        if changed is None:
            return None
        said = changed
    fits = any(matching(stated, said, seen) == len(stated) for seen in sights)
    if fits != wanted or _unmet(stated, said, sights):
        return None
    text, marks = _claimed(rng, YES_NO, said, stated, sights)
    return Question("yes/no", text, "Yes." if fits else "No.", marks)


def _drawn(rng: np.random.Generator, stated: Sequence[str]) -> list[str]:
    """Return some of what is stated: mostly one attribute, now and then several."""
    count = 1 if rng.random() < 0.65 else int(rng.integers(1, len(stated) + 1))
    return [stated[int(place)] for place in rng.permutation(len(stated))[:count]]


def _changed(
    rng: np.random.Generator,
    stated: Sequence[str],
    wrong: Sequence[str],
    said: Sight,
    sights: Sequence[Sight],
) -> Sight | None:
    """Return `said` with some of its stated attributes made wrong, or None if it can't be shown.

    Sometimes by those of another scene of the window, so that scenes must be kept apart.
    """
    other = pick(rng, sights) if rng.random() < 0.5 else None
    for attribute in wrong:
        said = _with_other(rng, said, attribute, other)
    return said if _possible(said, stated) else None


def _with_other(
    rng: np.random.Generator, said: Sight, attribute: str, other: Sight | None
) -> Sight:
    values = {
        "background": BACKGROUNDS,
        "colour": tuple(COLOURS),
        "shape": SHAPES,
        "motion": MOTIONS,
    }[attribute]
    value = getattr(other, attribute) if other is not None else ""
    if not value or value == getattr(said, attribute):
        value = pick(rng, [known for known in values if known != getattr(said, attribute)])
    return replace(said, **{attribute: value})


def _possible(said: Sight, stated: Sequence[str]) -> bool:
    """Whether the world can show what is said; else "no" could be told without looking."""
    hidden = {"colour", "background"} <= set(stated) and said.colour in HIDDEN[said.background]
    unseen = {"shape", "motion"} <= set(stated) and said.motion == "spin" and said.shape in ROUND
    return not hidden and not unseen


def _unmet(stated: Sequence[str], said: Sight, sights: Sequence[Sight]) -> bool:
    """Whether a claim names a held-out combination although the window is not of those.

    Training must not meet them in words either, least of all always with the answer no.
    """
    there = any(held_out(s.background, s.colour, s.shape, s.motion) for s in sights)
    return not there and held_out(**{each: getattr(said, each) for each in stated})


def _can_state(stated: Sequence[str], sights: Sequence[Sight]) -> bool:
    return all(getattr(sight, each) for sight in sights for each in stated)


def ask_match(sights: Sequence[Sight], rng: np.random.Generator) -> Question | None:
    """Return how much of what is stated the nearest scene has, from 0 to 10."""
    stated = _STATED[int(rng.integers(4))]
    if not _can_state(stated, sights):
        return None
    said = pick(rng, sights)
    wrong = int(rng.integers(0, len(stated) + 1))
    for place in rng.permutation(len(stated))[:wrong]:
        said = _with_other(rng, said, stated[int(place)], None)
    if not _possible(said, stated) or _unmet(stated, said, sights):
        return None
    best = max(matching(stated, said, seen) for seen in sights)
    text, marks = _claimed(rng, MATCH, said, stated, sights)
    return Question("match", text, f"{int(10 * best / len(stated) + 0.5)}", marks)
