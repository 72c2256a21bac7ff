"""What a query wants to see, as questions with yes or no, and what their answers come to. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from answering.question_parsing import harmless
from indexer.errors import RequestError
from search.query.parser import Query
from search.ranking.moments import Criterion, Moment

# More questions about each moment than this cost more than they tell; steps are all asked about.
MOST = 3
# Where a sentence goes on with another thing that must be seen too.
_JOINT = re.compile(
    r",?\s+(?:while|and)\s+(?=(?:a|an|the|some|another|two|three|many|someone|something)\b)",
    re.IGNORECASE,
)


def criteria_of(query: Query) -> tuple[Criterion, ...]:
    """Return what a moment must show to answer a query: one to three criteria.

    One for each step, each text or part of a text, and each thing to keep away from, in that order.

    Raises:
        RequestError: the query has no words.
    """
    texts = query.steps or [
        part for text in query.texts for part in _JOINT.split(text.text) if part is not None
    ]
    wanted = [plain for text in texts if (plain := _spoken(text))]
    if not wanted:
        raise RequestError(
            "Only words can be verified: say what the moment must show, beside what it is like."
        )
    if not query.steps and len(wanted) > MOST:
        wanted = [_spoken("; ".join(text.text for text in query.texts))]
    unwanted = [plain for text in query.nots if (plain := _spoken(text))]
    criteria = [Criterion(text) for text in wanted]
    criteria += [Criterion(text, wanted=False) for text in unwanted]
    return tuple(criteria[: max(MOST, len(query.steps))])


def _spoken(text: str) -> str:
    """Return a text as it stands within a question: without the marks that end a sentence."""
    text = harmless(text).strip(" .!?")
    first, _, rest = text.partition(" ")
    # A description begins with a capital; a name keeps its own.
    if re.fullmatch(r"(?i)an?|the|some|someone|something", first):
        return f"{first.lower()} {rest}".strip()
    return text


def judged(
    criteria: Sequence[Criterion], looks: Sequence[Sequence[float]]
) -> tuple[Criterion, ...]:
    """Return criteria with their probabilities, from those that each look gave, in their order.

    A thing is there if it is in any look; what must not be there must be in none.
    """
    return tuple(
        replace(each, probability=max(look[number] for look in looks))
        for number, each in enumerate(criteria)
    )


def met(criteria: Sequence[Criterion]) -> float:
    """Return how likely it is that all criteria are met: as likely as the least likely one."""
    return min(
        (each.probability or 0.0) if each.wanted else 1 - (each.probability or 0.0)
        for each in criteria
    )


def verified_first(moments: Sequence[Moment]) -> list[Moment]:
    """Return the confirmed first, then those not looked at, then the rejected; else in order."""
    return sorted(
        moments, key=lambda moment: _RANKS[moment.check.verified if moment.check else None]
    )


_RANKS = {True: 0, None: 1, False: 2}
