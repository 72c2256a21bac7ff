"""What a question is: its text, its answer, and marks on words that teach what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from toy.dataset.visible_labels import Sight

_Way = TypeVar("_Way")


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
    """A question of a kind, its answer as the toy should word it, and marks to learn from.

    `told` are marks in the answer, each about what is to be said from there on.
    """

    kind: str
    text: str
    answer: str
    marks: tuple[Mark, ...] = ()
    told: tuple[Mark, ...] = ()


def fits(attribute: str, said: Sight, sights: Sequence[Sight]) -> tuple[bool, ...]:
    """Return for each sight whether it has an attribute in common with what is said."""
    return tuple(getattr(said, attribute) == getattr(seen, attribute) for seen in sights)


def matching(stated: Sequence[str], said: Sight, seen: Sight) -> int:
    """Return how many of the stated attributes a sight shows."""
    return sum(getattr(said, each) == getattr(seen, each) for each in stated)


def pick(rng: np.random.Generator, ways: Sequence[_Way]) -> _Way:
    """Return one of several ways, each as likely."""
    return ways[int(rng.integers(len(ways)))]
