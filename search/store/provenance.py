"""Where a window's words come from, as it is kept and exported: JSON beside the words."""

from __future__ import annotations

import json

from indexer.segments import Segment

_SAME_AS = "same_as"


def provenance(segment: Segment) -> str:
    """Return what is kept beside a described window: nothing, unless its words were taken over.

    Times are in seconds, as in everything that is exported.
    """
    same_as_ms = segment.same_as_ms
    return "" if same_as_ms is None else json.dumps({_SAME_AS: same_as_ms / 1000})


def same_as_ms(extra: str) -> int | None:
    """Return the start of the window whose words were taken over; None: they are its own.

    `extra` may come from elsewhere and say anything.
    """
    seconds = json.loads(extra).get(_SAME_AS) if extra else None
    if not isinstance(seconds, int | float) or not 0 <= seconds < float("inf"):
        return None
    return round(seconds * 1000)
