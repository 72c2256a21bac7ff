"""What may become of a library's file, in the words that lists, filters and the API use."""

from __future__ import annotations

from typing import Literal, get_args

# First look: so far no more than a quick pass has described it. Heard: what is said is written
# down, nothing is described yet. Hidden: an ignore file names it that came later.
State = Literal[
    "described",
    "first look",
    "partly described",
    "heard",
    "imported",
    "missing",
    "failed",
    "not a video",
    "hidden",
]
STATES: tuple[State, ...] = get_args(State)
