"""Answers, and one answer from those of a video's parts. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.video import Video
from indexer.windows import Window
from playlist.tracks import clock

SUMMARISE = "Summarise these descriptions of a video in one sentence."


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, and the stretch [start_ms, end_ms) of a video behind it.

    `probability` says how likely it is that what the question is about is seen there, or, of a
    question with yes or no, that the answer is right; None where nothing could be asked. An answer
    from several stretches lists them in `rests_on`. `video` is None where only pictures were asked
    about.
    """

    video: Video | None
    start_ms: int
    end_ms: int
    text: str
    probability: float | None
    rests_on: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What one look came to: how likely the thing asked about is there, and the answer, if any."""

    window: Window
    probability: float | None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """So many of so many stretches have been looked at, for a progress bar."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Unseen:
    """A video that could not be looked at, and why."""

    path: Path
    why: str


def best_first(answers: Sequence[Answer]) -> list[Answer]:
    """Return answers with the surest first; equally sure ones as they came."""
    return sorted(answers, key=lambda answer: -(answer.probability or 0.0))


def joined(windows: Sequence[Window]) -> tuple[Window, ...]:
    """Return windows with those that touch made one, by time."""
    runs: list[Window] = []
    for window in sorted(windows):
        if runs and window.start_ms <= runs[-1].end_ms:
            runs[-1] = Window(runs[-1].start_ms, max(runs[-1].end_ms, window.end_ms))
        else:
            runs.append(window)
    return tuple(runs)


def times_of(windows: Sequence[Window]) -> str:
    """Return when some windows are, as an answer says it."""
    return ", ".join(f"{clock(w.start_ms)} to {clock(w.end_ms)}" for w in windows)


def agreed(replies: Sequence[Reply]) -> list[Reply]:
    """Return the replies that give the answer most is said for, best first; none where none does.

    Answers are the same if their words are; each counts by how likely its look shows the thing.
    """
    said: dict[str, list[Reply]] = {}
    for reply in replies:
        if reply.text:
            said.setdefault(_words(reply.text), []).append(reply)
    if not said:
        return []
    most = max(said.values(), key=lambda group: sum(_weight(each) for each in group))
    return sorted(most, key=lambda each: -_weight(each))


def summary_request(replies: Sequence[Reply]) -> str:
    """Return the request to make one sentence of what was said of a video's parts."""
    texts = list(dict.fromkeys(reply.text for reply in replies if reply.text))
    return "\n".join([SUMMARISE, *(f"{i}. {text}" for i, text in enumerate(texts, 1))])


def _weight(reply: Reply) -> float:
    return 1.0 if reply.probability is None else reply.probability


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
