"""Where a window's words come from, as it is kept and exported: JSON beside the words."""

from __future__ import annotations

import json
from collections.abc import Mapping

from indexer.segments import Segment

# The recipe under which answers are kept beside descriptions.
ANSWERED = "answered"
_SAME_AS = "same_as"
_ANSWER = ("question", "answer", "answered_by")


def provenance(segment: Segment) -> str:
    """Return what is kept beside a described window: nothing, unless its words were taken over.

    Times are in seconds, as in everything that is exported.
    """
    same_as_ms = segment.same_as_ms
    return "" if same_as_ms is None else json.dumps({_SAME_AS: same_as_ms / 1000})


def answer_provenance(question: str, answer: str, model: str, probability: float | None) -> str:
    """Return what is kept beside an answer: of which question it is, whose, and how sure."""
    facts = dict(zip(_ANSWER, (question, answer, model), strict=True))
    return json.dumps({**facts, "probability": probability}, ensure_ascii=False)


def answered_by(facts: Mapping[str, object]) -> str:
    """Return which model gave an answer that was kept; '' of what is none.

    `facts` are what is kept beside a text, which may come from elsewhere and say anything.
    """
    told = [facts.get(name) for name in _ANSWER]
    if not all(isinstance(each, str) and each for each in told):
        return ""
    return str(told[-1])


def same_as_ms(extra: str) -> int | None:
    """Return the start of the window whose words were taken over; None: they are its own.

    `extra` may come from elsewhere and say anything.
    """
    seconds = json.loads(extra).get(_SAME_AS) if extra else None
    if not isinstance(seconds, int | float) or not 0 <= seconds < float("inf"):
        return None
    return round(seconds * 1000)
