"""Chapters: neighbouring windows that say the same, merged and given a short title; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.describing.answers.wording import cleaned, sentences
from indexer.segments import Segment
from indexer.windows import Window
from playlist.tracks import one_line, shortened

# Neighbours whose descriptions are at least this alike (cosine) tell of one thing.
ALIKE = 0.75
_LONGEST_TITLE = 60
# Ways in which descriptions begin without saying anything.
_OPENING = re.compile(r"^there (is|are) ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A stretch of a video with a short title and the description it was made from."""

    window: Window
    title: str
    text: str


def chapters(
    segments: Sequence[Segment], vectors: NDArray[np.float32], alike: float = ALIKE
) -> list[Chapter]:
    """Merge segments, by time, while each is alike its chapter so far.

    `vectors` holds the segments' embeddings, of length 1, shape (segments, dimensions). The
    chapter's words are those of the segment nearest to all of it.
    """
    groups: list[list[int]] = []
    for i in range(len(segments)):
        if groups and _joins(groups[-1], i, segments, vectors, alike):
            groups[-1].append(i)
        else:
            groups.append([i])
    return [_chapter([segments[i] for i in group], vectors[group]) for group in groups]


def _joins(
    group: list[int],
    i: int,
    segments: Sequence[Segment],
    vectors: NDArray[np.float32],
    alike: float,
) -> bool:
    if segments[i].window.start_ms > segments[group[-1]].window.end_ms:
        return False
    middle = vectors[group].mean(0)
    if not middle.any() or not vectors[i].any():
        return not middle.any() and not vectors[i].any()  # both say nothing
    return float(vectors[i] @ middle) >= alike * float(np.linalg.norm(middle))


def _chapter(segments: Sequence[Segment], vectors: NDArray[np.float32]) -> Chapter:
    best = segments[int(np.argmax(vectors @ vectors.mean(0)))]
    window = Window(segments[0].window.start_ms, max(s.window.end_ms for s in segments))
    return Chapter(window, short_title(best.text), one_line(best.text))


def short_title(text: str) -> str:
    """Return a title for a description: its first sentence without the empty opening.

    >>> short_title("The video shows a dog catching a frisbee. It is sunny.")
    'A dog catching a frisbee'
    """
    first = next(iter(sentences(cleaned(one_line(text)))), "").rstrip(" .!")
    words = _OPENING.sub("", first) or first
    return shortened(words[:1].upper() + words[1:], _LONGEST_TITLE)
