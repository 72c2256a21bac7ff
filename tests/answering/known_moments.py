"""Moments of the coloured films, and the answers among what an asking yields."""

from collections.abc import Iterator
from pathlib import Path

from answering.answer_merging import Answer
from search.library import Library
from search.ranking.moments import Moment


def moment(library: Library, path: Path, start_s: float, end_s: float) -> Moment:
    return Moment(library.video(path), round(1000 * start_s), round(1000 * end_s), 1.0, "words")


def answers(items: Iterator[object]) -> list[Answer]:
    return [item for item in items if isinstance(item, Answer)]
