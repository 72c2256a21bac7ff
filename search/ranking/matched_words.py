"""Which words of a description, or of what is said, a question shares: for showing them. Pure."""

from __future__ import annotations

import re

from search.ranking.confidence import stems

_WORD = re.compile(r"\w+")


def matched(text: str, asked: frozenset[str]) -> list[tuple[int, int]]:
    """Return where in a text words stand that share their stem with one of `asked`.

    >>> matched("Two dogs on a beach", frozenset({"dog"}))
    [(4, 8)]
    """
    return [found.span() for found in _WORD.finditer(text) if stems(found.group()) & asked]
