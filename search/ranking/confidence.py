"""How sure it is that a moment was meant: a probability from its cosine and shared words. Pure."""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

from search.ranking.fusion import Floats
from search.text_folding import words_in

# Logistic weights, fitted on one half of ActivityNet Captions (docs/search.md): questions with an
# answer in a library of 500 videos against as many questions without one.
COSINE, SHARED, OFFSET = 3.2, 0.48, -2.1
# The same for sentences that are said, in place of COSINE, SHARED and OFFSET.
SAID = (COSINE, SHARED, OFFSET)
# Whole sentences reach 0.35 with their best moment in 95 of 100 answerable questions; questions of
# two or three words score lower ("a red ball" for a red circle 0.33), and being told wrongly that
# nothing matches is worse than one weak answer too many.
LEVEL = 0.30

# An answer that is so much less sure than the next ones are on average is a stray one.
STRAY, NEXT = 0.12, 3

_Answer = TypeVar("_Answer")
_COMMON = frozenset(
    re.findall(
        r"\w+",
        """a about all also an and are around as at be been being but by for from had has have he
        her him his how in into is it its not of off on onto or out over she some than that the
        their them then there these they this those to under up was we were what when where which
        while who with you your""",
    )
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for each candidate: its cosine to the question, and the words they share."""

    cosines: Floats
    words: frozenset[str]
    asked_by_meaning: bool
    said: bool = False

    def confidence(
        self,
        row: int,
        text: str,
        transcript: str,
        named: frozenset[str] = frozenset(),
        by_name: float = 0.0,
    ) -> float:
        """Return how likely it is, 0 to 1, that the candidate in this row was meant.

        `named` are words of the question that its video's name has: they count as shared;
        `by_name` is how sure the name alone makes it.
        """
        said = stems(f"{text} {transcript}") | named
        shared = len(self.words & said) / len(self.words) if self.words else 0.0
        if not self.asked_by_meaning:
            return shared
        likely = probability(float(self.cosines[row]), shared, said=self.said)
        return likely + (1 - likely) * by_name


def evidence(cosines: Floats, words: str, *, said: bool = False) -> Evidence:
    """Gather what speaks for each candidate; without any cosine, only words count."""
    return Evidence(cosines, stems(words), bool(cosines.any()), said)


def probability(cosine: float, shared: float, *, said: bool = False) -> float:
    """Return the calibrated probability for a best moment's cosine and share of words."""
    by_cosine, by_words, offset = SAID if said else (COSINE, SHARED, OFFSET)
    return 1 / (1 + math.exp(-(by_cosine * cosine + by_words * shared + offset)))


def strays_later(
    answers: Iterable[_Answer], confidence: Callable[[_Answer], float]
) -> Iterator[_Answer]:
    """Yield answers, best first, a stray one behind the `NEXT` ones after it.

    Only those decide where it goes: however many are asked for, the first ones are the same.

    >>> list(strays_later([0.53, 0.3, 0.5, 0.5, 0.49, 0.2], lambda sure: sure))
    [0.53, 0.5, 0.5, 0.49, 0.3, 0.2]
    """
    ahead: deque[_Answer] = deque()
    for answer in answers:
        ahead.append(answer)
        if len(ahead) > NEXT:
            yield _surer(ahead, confidence)
    while ahead:
        yield _surer(ahead, confidence)


def _surer(ahead: deque[_Answer], confidence: Callable[[_Answer], float]) -> _Answer:
    """Take the first of some answers that is no stray one; the strays before it go to the end."""
    while len(ahead) > 1:
        first, *others = map(confidence, ahead)
        if first >= sum(others) / len(others) - STRAY:
            break
        ahead.rotate(-1)
    return ahead.popleft()


def falling(confidences: Iterable[float]) -> list[float]:
    """Return how sure each of some answers is, best first: none surer than the one above it.

    The order knows more than a moment's own cosine and words do: what is near to any question,
    what lies around the moment, that its video has answered already. Where the order puts a moment
    lower, that is evidence against it, and the weights above were fitted on best moments only.

    >>> falling([0.54, 0.56, 0.41])
    [0.54, 0.54, 0.41]
    """
    return list(accumulate(confidences, min))


def stems(text: str) -> frozenset[str]:
    """Return the words of a text that carry meaning, folded, their commonest endings cut off.

    >>> sorted(stems("The dogs are jumping"))
    ['dog', 'jump']
    """
    return frozenset(
        _stem(word)
        for word in words_in(text)
        if (len(word) > 1 or not word.isascii()) and word not in _COMMON
    )


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
