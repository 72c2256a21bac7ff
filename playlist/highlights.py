"""Highlights: the windows of a video most worth seeing, within a budget of time; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.windows import Window

# How much being unlike what is chosen already counts against being good by itself.
VARIETY = 0.5


@dataclass(frozen=True, slots=True)
class Highlight:
    """A chosen stretch: which video, when, its score, and the window whose words describe it."""

    video: int
    window: Window
    score: float
    best: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A described window of a video (both by number)."""

    video: int
    window: Window


def scores(
    candidates: Sequence[Candidate],
    vectors: NDArray[np.float32],
    about: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Return how much each window is worth seeing, from 0 to 1.

    Without `about`, a window counts by how unlike its video's usual it is: one minus the mean
    cosine to the video's nearest half of windows, so that what happens once stands out from what
    goes on all the time. With `about` (vectors of texts, length 1), by its best cosine to one of
    them. Both are scaled to 0 … 1 within the candidates.
    """
    if about is not None:
        worth = (vectors @ about.T).max(axis=1)
    else:
        worth = np.zeros(len(candidates), np.float32)
        videos = np.array([candidate.video for candidate in candidates])
        for video in np.unique(videos):
            own = np.flatnonzero(videos == video)
            alike = np.sort(vectors[own] @ vectors[own].T, axis=1)[:, ::-1]
            worth[own] = 1 - alike[:, 1 : 2 + len(own) // 2].mean(axis=1) if len(own) > 1 else 0.5
    low, high = float(worth.min()), float(worth.max())
    return np.asarray((worth - low) / (high - low) if high > low else worth * 0 + 1, np.float32)


def choose(
    candidates: Sequence[Candidate],
    vectors: NDArray[np.float32],
    worth: NDArray[np.float32],
    budget_ms: int,
) -> list[Highlight]:
    """Choose windows within the budget, good and unlike each other, and return them in order.

    The budget is spent one window at a time on the best left, where what resembles a window
    chosen already counts less; neighbours that were both chosen become one stretch. At least
    one window is chosen.
    """
    free = np.ones(len(candidates), bool)
    nearest = np.zeros(len(candidates), np.float32)
    chosen: list[int] = []
    left_ms = budget_ms
    while free.any():
        value = np.where(free, worth - VARIETY * np.maximum(nearest, 0), -np.inf)
        best = int(value.argmax())
        free[best] = False
        length_ms = candidates[best].window.length_ms
        if chosen and length_ms > left_ms:
            continue
        chosen.append(best)
        left_ms -= length_ms
        nearest = np.maximum(nearest, vectors @ vectors[best])
        if left_ms <= 0:
            break
    return _in_order([(i, candidates[i], float(worth[i])) for i in chosen])


def _in_order(chosen: Sequence[tuple[int, Candidate, float]]) -> list[Highlight]:
    line: list[Highlight] = []
    for number, candidate, score in sorted(chosen, key=lambda c: (c[1].video, c[1].window)):
        last = line[-1] if line else None
        if (
            last
            and last.video == candidate.video
            and last.window.end_ms >= candidate.window.start_ms
        ):
            window = Window(last.window.start_ms, max(last.window.end_ms, candidate.window.end_ms))
            best = last.best if last.score >= score else number
            line[-1] = Highlight(last.video, window, max(last.score, score), best)
        else:
            line.append(Highlight(candidate.video, candidate.window, score, number))
    return line
