"""Descriptions in and out as JSON lines: what one machine described, another can search."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.errors import RequestError
from indexer.scanning.scan import absolute
from indexer.segments import Segment
from indexer.windows import Window
from search.exchange.sentences import SAID, Spoken, spoken_of
from search.exchange.video_facts import UNKNOWN, About, about_facts, about_of
from search.store.stored_paths import to_path, to_text

_WRONG = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)
_OWN = ("made_by", "video", "duration", "start", "end", "text", "transcript")
# Longer than any video: 31 years, in seconds.
_LONGEST_S = 1e9


@dataclass(frozen=True, slots=True)
class Description:
    """A described window of a video on its way in or out; `extra` is what else came with it."""

    video: Path
    duration_ms: int
    segment: Segment
    extra: dict[str, object]
    about: About = UNKNOWN


def to_line(description: Description) -> str:
    """Return a description as a JSON object on one line; times in seconds."""
    window = description.segment.window
    facts: dict[str, object] = {
        **description.extra,
        "video": to_text(description.video),
        "duration": description.duration_ms / 1000,
        "start": window.start_ms / 1000,
        "end": window.end_ms / 1000,
        "text": description.segment.text,
    }
    if description.segment.transcript:
        facts["transcript"] = description.segment.transcript
    facts.update(about_facts(description.about, description.duration_ms))
    return json.dumps(facts, ensure_ascii=False)


def from_lines(
    lines: Iterable[str], folder: Path, on_wrong: Callable[[str], None] | None = None
) -> Iterator[Description | Spoken]:
    """Read JSON lines; a relative video path counts from `folder`.

    Where a line is no such object, `on_wrong` hears which and what is wrong with it, and the
    others are read all the same.

    Raises:
        RequestError: a line is wrong, and there is no `on_wrong` to hear of it.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                facts = json.loads(line)
                spoken = isinstance(facts, dict) and SAID in facts and "text" not in facts
                yield spoken_of(facts, folder) if spoken else _description(facts, folder)
            except _WRONG as error:
                what = f"lacks {error}" if isinstance(error, KeyError) else f"is wrong ({error})"
                sentence = (
                    f"Line {number} {what}: each line is a JSON object with video, duration,"
                    " start, end (seconds) and text, or said for a sentence."
                )
                if on_wrong is None:
                    raise RequestError(sentence) from error
                on_wrong(sentence)


def _description(facts: dict[str, Any], folder: Path) -> Description:
    if not isinstance(facts, dict):
        raise TypeError("it is no object")
    try:
        json.dumps(facts, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("it holds half a character") from None
    window = Window(round(float(facts["start"]) * 1000), round(float(facts["end"]) * 1000))
    if window.start_ms < 0:
        raise ValueError("start is negative")
    if not isinstance(facts["text"], str) or not isinstance(facts["video"], str):
        raise TypeError("video and text must be strings")
    if not facts["video"] or "\0" in facts["video"]:
        raise ValueError("video is no path")
    duration_ms = round(float(facts.get("duration") or 0) * 1000)
    if max(window.end_ms, duration_ms) > 1000 * _LONGEST_S:
        raise ValueError("no video is so long")
    about, taken = about_of(facts)
    return Description(
        absolute(folder / to_path(facts["video"])),
        max(duration_ms, window.end_ms),
        Segment(window, facts["text"], str(facts.get("transcript") or "")),
        {key: value for key, value in facts.items() if key not in (*_OWN, *taken)},
        about,
    )
