"""What the toy is asked: families of questions with known answers, balanced, in many wordings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from indexer.describe import DEFAULT_PROMPT
from toyworld.world import BACKGROUNDS, COLOURS, HIDDEN, MOTIONS, ROUND, SHAPES
from training.sights import Sight, held_out
from training.windows import draw_scene
from training.words import (
    BACKGROUND_WORDS,
    MOTION_WORDS,
    PLACES,
    Chooser,
    capital,
    caption,
    read_background,
    read_caption,
    read_motion,
    read_summary,
    summary,
    with_article,
)

_Way = TypeVar("_Way")

ATTRIBUTES = ("background", "colour", "shape", "motion")
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

CAPTION_PROMPTS = (
    DEFAULT_PROMPT,
    "Describe this video.",
    "Describe what happens in this video.",
    "What is happening in this video?",
    "Describe the video in detail.",
    "What happens in this clip?",
    "Describe this clip in one sentence.",
    "Please describe the clip.",
    "Write a short caption for this video.",
    "Describe what you see, including objects, actions and setting.",
    "Describe what is shown in these frames in one or two sentences.",
    "What do you see?",
    "Describe only what is visible. Do not guess.",
)
_YES_NO = (
    "Does this clip show {}? Answer yes or no.",
    "Does this video show {}? Answer yes or no.",
    "Is there {} in this video? Answer yes or no.",
    "Answer yes or no: does the clip show {}?",
    "Can {} be seen in this clip? Answer yes or no.",
    'Does this video contain a moment that matches "{}"? Answer yes or no.',
    'Does the description "{}" fit this clip? Answer only yes or no.',
    "Does this clip show {}?",
    "Yes or no: {}?",
)
_MATCH = (
    'How well does this match "{}", from 0 to 10?',
    'How well does this clip match "{}", from 0 to 10?',
    'From 0 to 10, how well does the video fit "{}"?',
    'Rate how well this video matches "{}" from 0 to 10. Answer with a number.',
)
_COLOUR = (
    "What colour is {}?",
    "What color is {}?",
    "Which colour does {} have?",
)
_SHAPE = (
    "What shape is {}?",
    "Which shape is {}?",
    "What is the shape of {}?",
)
_MOTION = (
    "Which way does {} move?",
    "What does {} do?",
    "How does {} move?",
    "In which direction does {} move?",
)
_PLACE = (
    "What is in the background?",
    "What is the background?",
    "Where does this happen?",
    "What is behind {}?",
    "Where is {}?",
)
_SUMMARISE = (
    "Summarise these descriptions of a video in one sentence.",
    "Summarise these descriptions in one sentence.",
    "Summarize what happens in the video, given these descriptions.",
    "Here are descriptions of a video's parts. Write a summary of the video.",
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A word in a question's text, which ends before character `end`, and what it means here.

    `fits` says of each sight, in order, whether it shows the attribute that the word names; of a
    word that names none it is empty. The last word that points to a sight is `about` that.
    """

    end: int
    fits: tuple[bool, ...] = ()
    about: Sight | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a kind, its answer as the toy should word it, and marks to learn from."""

    kind: str
    text: str
    answer: str
    marks: tuple[Mark, ...] = ()


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


def describe(sights: Sequence[Sight], rng: np.random.Generator, share_any: float) -> Question:
    """Return the request to describe a window, and its description."""
    prompt = _pick(rng, CAPTION_PROMPTS)
    return Question("caption", prompt, caption(sights, Chooser(rng, share_any)))


def ask(kind: str, sights: Sequence[Sight], rng: np.random.Generator) -> Question | None:
    """Return a question of `kind` about what a window shows, or None where none suits it."""
    return _ASKED[kind](sights, rng)


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
        "motion": _pick(rng, MOTION_WORDS[sight.motion])[1] if "motion" in stated else "",
        "background": _pick(rng, BACKGROUND_WORDS[sight.background]),
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
    way = _pick(rng, ways)
    words, ends = claim(said, stated, rng)
    start = way.index("{}")
    marks = tuple(
        Mark(start + end, _fits(attribute, said, sights)) for attribute, end in ends.items()
    )
    return capital(way.format(words)), marks


def _fits(attribute: str, said: Sight, sights: Sequence[Sight]) -> tuple[bool, ...]:
    """Return for each sight whether it has an attribute in common with what is said."""
    return tuple(getattr(said, attribute) == getattr(seen, attribute) for seen in sights)


def matching(stated: Sequence[str], said: Sight, seen: Sight) -> int:
    """Return how many of the stated attributes a sight shows."""
    return sum(getattr(said, each) == getattr(seen, each) for each in stated)


def ask_simply(sights: Sequence[Sight], rng: np.random.Generator) -> Question | None:
    """Return a question with yes or no about a single attribute: the first to be learnt."""
    return _yes_no(sights, rng, _pick(rng, [each for each in _STATED if len(each) == 1]))


def _yes_no(
    sights: Sequence[Sight], rng: np.random.Generator, stated: Sequence[str] = ()
) -> Question | None:
    wanted = rng.random() < 0.5
    stated = stated or _STATED[int(rng.choice(len(_STATED), p=_STATED_SHARES))]
    if not _can_state(stated, sights):
        return None
    said = _pick(rng, sights)
    if not wanted:
        changed = _changed(rng, stated, said, sights)
        if changed is None:
            return None
        said = changed
    fits = any(matching(stated, said, seen) == len(stated) for seen in sights)
    if fits != wanted or _unmet(stated, said, sights):
        return None
    text, marks = _claimed(rng, _YES_NO, said, stated, sights)
    return Question("yes/no", text, "Yes." if fits else "No.", marks)


def _changed(
    rng: np.random.Generator, stated: Sequence[str], said: Sight, sights: Sequence[Sight]
) -> Sight | None:
    """Return `said` with some stated attributes made wrong: mostly one, now and then several.

    Sometimes by those of another scene of the window, so that scenes must be kept apart.
    """
    count = 1 if rng.random() < 0.65 else int(rng.integers(1, len(stated) + 1))
    chosen = rng.permutation(len(stated))[:count]
    other = _pick(rng, sights) if rng.random() < 0.5 else None
    for place in chosen:
        said = _with_other(rng, said, stated[int(place)], other)
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
        value = _pick(rng, [known for known in values if known != getattr(said, attribute)])
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


def _match(sights: Sequence[Sight], rng: np.random.Generator) -> Question | None:
    stated = _STATED[int(rng.integers(4))]
    if not _can_state(stated, sights):
        return None
    said = _pick(rng, sights)
    wrong = int(rng.integers(0, len(stated) + 1))
    for place in rng.permutation(len(stated))[:wrong]:
        said = _with_other(rng, said, stated[int(place)], None)
    if not _possible(said, stated) or _unmet(stated, said, sights):
        return None
    best = max(matching(stated, said, seen) for seen in sights)
    text, marks = _claimed(rng, _MATCH, said, stated, sights)
    return Question("match", text, f"{int(10 * best / len(stated) + 0.5)}", marks)


def _colour(sights: Sequence[Sight], rng: np.random.Generator) -> Question | None:
    sight = _pick(rng, sights)
    it = _reference(rng, sight, sights, "shape")
    if it is None:
        return None
    return _referring("colour", _pick(rng, _COLOUR), it, f"{capital(sight.colour)}.")


def _shape(sights: Sequence[Sight], rng: np.random.Generator) -> Question | None:
    sight = _pick(rng, sights)
    it = _reference(rng, sight, sights, "colour")
    if it is None:
        return None
    answer = f"{capital(with_article(sight.shape))}."
    return _referring("shape", _pick(rng, _SHAPE), it, answer)


def _motion(sights: Sequence[Sight], rng: np.random.Generator) -> Question | None:
    sight = _pick(rng, sights)
    it = _reference(rng, sight, sights, "both")
    if it is None or not sight.motion:
        return None
    answer = f"It {MOTION_WORDS[sight.motion][0][0]}."
    return _referring("motion", _pick(rng, _MOTION), it, answer)


def _background(sights: Sequence[Sight], rng: np.random.Generator) -> Question | None:
    sight = _pick(rng, sights)
    way, answer = _pick(rng, _PLACE), f"{capital(PLACES[sight.background])}."
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


@dataclass(frozen=True, slots=True)
class _Reference:
    """Words for a sight's shape that fit no other sight, with marks counted from their start."""

    words: str
    marks: tuple[Mark, ...]


def _reference(
    rng: np.random.Generator, sight: Sight, sights: Sequence[Sight], by: str
) -> _Reference | None:
    """Return what to call a sight's shape, or None where that would fit another scene's too."""
    if not sight.shape:
        return None
    if len(sights) == 1 and rng.random() < 0.4:
        words = _pick(rng, ("it", "the shape", "the object"))
        return _Reference(words, (Mark(len(words), about=sight),))
    if by == "both":
        by = _pick(rng, ("shape", "colour", "colour", "all"))
    keys = ("colour", "shape") if by == "all" else (by,)
    if sum(matching(keys, sight, seen) == len(keys) for seen in sights) != 1:
        return None
    words, marks = "the", []
    for key in keys:
        words += f" {getattr(sight, key)}"
        marks.append(Mark(len(words), _fits(key, sight, sights)))
    marks[-1] = replace(marks[-1], about=sight)
    return _Reference(words if "shape" in keys else f"{words} shape", tuple(marks))


_ASKED: dict[str, Callable[[Sequence[Sight], np.random.Generator], Question | None]] = {
    "yes/no": _yes_no,
    "match": _match,
    "colour": _colour,
    "shape": _shape,
    "motion": _motion,
    "background": _background,
}
ASKED = tuple(_ASKED)


def summarise(rng: np.random.Generator, *, new: bool = False) -> Question:
    """Return the request to sum up the descriptions of two to four windows; needs no pictures."""
    sights: list[Sight] = []
    lines: list[str] = []
    for line in range(int(rng.integers(2, 5))):
        here = [_told(rng, new) for _ in range(2 if rng.random() < 0.2 else 1)]
        if sights and rng.random() < 0.25:
            here[0] = sights[-1]
        sights += here
        said = caption([replace(sight, size=_any_size(rng, sight)) for sight in here], Chooser(rng))
        lines.append(f"{line + 1}. {said}")
    text = "\n".join([_pick(rng, _SUMMARISE), *lines])
    return Question("summary", text, summary(sights))


def _told(rng: np.random.Generator, new: bool) -> Sight:
    scene = draw_scene(rng, 8.0, 4 / 3, new=new)
    return Sight(scene.background, scene.colour, scene.shape, scene.motion)


def _any_size(rng: np.random.Generator, sight: Sight) -> str:
    return _pick(rng, ("", "small", "large")) if sight.shape else ""


def _pick(rng: np.random.Generator, ways: Sequence[_Way]) -> _Way:
    return ways[int(rng.integers(len(ways)))]


def describe_words() -> list[str]:
    """Return all wordings of requests, for the tokenizer to learn from."""
    families = (_YES_NO, _MATCH, _COLOUR, _SHAPE, _MOTION, _PLACE, _SUMMARISE)
    return [*CAPTION_PROMPTS, *(way for family in families for way in family)]
