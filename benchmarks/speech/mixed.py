"""Questions about what is seen and what is said, mixed: one vector for both, or each its own.

Videos of the captions are described in one annotator's words; in every other window somebody also
talks: sentences of `said.py` once, and the other annotator's about other videos. Visual questions
are that annotator's about windows with talk in them, spoken ones those of `said.py`.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.retrieval import SEED, half, lines, plain, questions, read
from benchmarks.speech.spoken_texts import DRAWN, RECORDED
from search import Library
from search.exchange.descriptions import from_lines
from search.query.options import SearchOptions

_ASKED = 300
_ALL_SAID = (*DRAWN, *RECORDED.values())


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the stretch of a video that is meant, in seconds."""

    text: str
    video: str
    start: float
    end: float


def report(captions: Path, videos: int) -> None:
    """Print what is found among both kinds of question, by both ways of embedding."""
    indexed, asked = read(captions)
    chooser = random.Random(SEED)
    known = half(questions(indexed, asked), "report")
    inside = set(chooser.sample(sorted({q.video for q in known}), videos))
    windows = [
        facts
        for line in lines(indexed, asked)
        if Path((facts := json.loads(line))["video"]).stem in inside
    ]
    talk = [q.text for q in known if q.video not in inside and len(q.text) < 120]
    spoken = _talk(windows, talk, chooser)
    visual = [
        Asked(plain(q.text), q.video, q.start, q.end)
        for q in known
        if q.video in inside and _talked_over(q.video, q.start, q.end, windows, spoken)
    ]
    visual = chooser.sample(visual, min(_ASKED, len(visual)))
    said = [
        Asked(question.replace(",", " "), Path(windows[i]["video"]).stem, *_times(windows[i]))
        for i, sentence in spoken.items()
        for each in _ALL_SAID
        if each.text == sentence
        for question in (each.turned, each.keywords)
        if question
    ]
    print(f"{len(windows)} windows, {len(spoken)} with talk; R@1 / MRR@10, a moment that overlaps")
    print(f"| | {len(said)} spoken questions | {len(visual)} visual ones |\n|---|---|---|")
    for name, made in (
        ("one text for both", _one_text(windows, spoken)),
        ("each its own", _apart(windows, spoken)),
    ):
        with tempfile.TemporaryDirectory() as folder:
            library = Library.open(Path(folder) / "library", create=True, offline=True)
            library.take_in(from_lines(made, Path(folder)))
            cells = [_score(library, some) for some in (said, visual)]
        print(f"| {name} | {cells[0]} | {cells[1]} |", flush=True)


def _times(window: dict[str, object]) -> tuple[float, float]:
    return float(str(window["start"])), float(str(window["end"]))


def _talk(
    windows: Sequence[dict[str, object]], talk: list[str], chooser: random.Random
) -> dict[int, str]:
    """Return what is said in every other window, by its number."""
    spoken = [i for i in range(len(windows)) if i % 2]
    said = {i: chooser.choice(talk) for i in spoken}
    for i, each in zip(chooser.sample(spoken, len(_ALL_SAID)), _ALL_SAID, strict=True):
        said[i] = each.text
    return said


def _talked_over(
    video: str,
    start: float,
    end: float,
    windows: Sequence[dict[str, object]],
    spoken: dict[int, str],
) -> bool:
    """Whether somebody talks in the window in the middle of a stretch."""
    middle = (start + end) / 2
    return any(
        Path(str(windows[i]["video"])).stem == video
        and _times(windows[i])[0] <= middle < _times(windows[i])[1]
        for i in spoken
    )


def _one_text(windows: Sequence[dict[str, object]], spoken: dict[int, str]) -> Iterator[str]:
    for i, window in enumerate(windows):
        text = f"{window['text']} {spoken.get(i, '')}".strip()
        yield json.dumps({**window, "text": text})


def _apart(windows: Sequence[dict[str, object]], spoken: dict[int, str]) -> Iterator[str]:
    for i, window in enumerate(windows):
        yield json.dumps({**window, **({"transcript": spoken[i]} if i in spoken else {})})
    for i, text in spoken.items():
        start, end = _times(windows[i])
        facts = {"video": windows[i]["video"], "duration": windows[i]["duration"]}
        middle = (start + end) / 2
        yield json.dumps({**facts, "start": middle, "end": min(end, middle + 3), "said": text})


def _score(library: Library, asked: Sequence[Asked]) -> str:
    options = SearchOptions(min_confidence=0)
    ranks = []
    for question in asked:
        moments = library.search(question.text, 10, options)
        hits = [
            place
            for place, moment in enumerate(moments)
            if moment.video.path.stem == question.video
            and moment.start_ms < 1000 * question.end
            and moment.end_ms > 1000 * question.start
        ]
        ranks.append(1 / (1 + hits[0]) if hits else 0.0)
    first = sum(rank == 1 for rank in ranks)
    return f"{first} of {len(ranks)} / {sum(ranks) / max(1, len(ranks)):.2f}"
