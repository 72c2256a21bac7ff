"""Sentences in and out as JSON lines: what one machine wrote down, another can search."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.scanning.scan import absolute
from indexer.speech.transcribing.sentences import Sentence
from search.store.stored_paths import to_path, to_text

# What a line of a sentence has instead of a description.
SAID = "said"
_LONGEST_MS = 10**12


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence of a video on its way in or out."""

    video: Path
    duration_ms: int
    sentence: Sentence


def spoken_line(spoken: Spoken) -> str:
    """Return a sentence as a JSON object on one line; times in seconds."""
    said = spoken.sentence
    facts: dict[str, object] = {
        "video": to_text(spoken.video),
        "duration": spoken.duration_ms / 1000,
        "start": said.start_ms / 1000,
        "end": said.end_ms / 1000,
        SAID: said.text,
    }
    if said.language:
        facts["language"] = said.language
    return json.dumps(facts, ensure_ascii=False)


def spoken_of(facts: dict[str, Any], folder: Path) -> Spoken:
    """Read a line; a relative video path counts from `folder`.

    Raises:
        ValueError, KeyError, TypeError, OverflowError: it is no such object.
    """
    start_ms, end_ms = (round(1000 * float(facts[name])) for name in ("start", "end"))
    if not 0 <= start_ms < end_ms <= _LONGEST_MS:
        raise ValueError("start and end are no stretch of time")
    if not isinstance(facts[SAID], str) or not isinstance(facts["video"], str):
        raise TypeError("video and said must be strings")
    duration_ms = max(round(1000 * float(facts.get("duration") or 0)), end_ms)
    sentence = Sentence(start_ms, end_ms, facts[SAID], str(facts.get("language") or ""))
    return Spoken(absolute(folder / to_path(facts["video"])), duration_ms, sentence)
