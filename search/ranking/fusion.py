"""Scores: how well each window answers, from its cosine, its words and its surroundings. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.ranking.moments import Windows

Floats = NDArray[np.float32]

# Of its own score a window keeps so much where the question is nothing but a name.
_NEAR_A_NAME = 0.2


@dataclass(frozen=True, slots=True)
class Ranking:
    """What a window's score is made of; the defaults are the best found on captions (docs).

    `cosine` and `keywords` weigh meaning and words (BM25, the best window's being 1). `common`
    is what nearness to all else in the library costs: some windows are near to any question.
    `surroundings` weighs the mean score within `reach_ms` on either side, since a window whose
    video is about the question is likelier to be meant. `away` is what nearness to an unwanted
    text costs. A video's second moment counts `again` times its score, its third that squared:
    many videos are worth more than many stretches of one. `merged` joins adjacent windows.
    `names` is what being called by the whole question is worth, of what is left to 1.
    """

    cosine: float = 1.0
    keywords: float = 0.15
    common: float = 0.6
    surroundings: float = 0.2
    reach_ms: int = 120_000
    away: float = 0.6
    again: float = 0.8
    merged: bool = True
    names: float = 0.6


BEST = Ranking()


def fuse(
    cosines: Floats, keywords: Floats, unwanted: Floats, ranking: Ranking, best: float | None = None
) -> Floats:
    """Return one score a window; at most 1. Arrays have shape (windows,).

    `best` is the highest score for words that any row has, where there are others than these.
    Scores are fused, not ranks: a rank forgets by how much a window is better than the next.
    """
    best = float(keywords.max(initial=0.0)) if best is None else best
    words = keywords / best if best > 0 else keywords
    total = ranking.cosine + (ranking.keywords if best > 0 else 0.0)
    scores = ranking.cosine * cosines + ranking.keywords * words
    scores = scores / total - ranking.away * np.maximum(unwanted, 0)
    return np.asarray(scores, np.float32)


def with_names(
    scores: Floats, strengths: Floats, ranking: Ranking, *, alone: bool = False
) -> Floats:
    """Raise the windows of videos that are called as asked, by how strongly; at most 1 stays 1.

    Where a name is `alone`, how near windows are to it says little of them.
    """
    if alone:
        scores = scores * _NEAR_A_NAME
    return np.asarray(scores + ranking.names * strengths * (1 - scores), np.float32)


def with_surroundings(
    scores: Floats,
    windows: Windows,
    durations_ms: NDArray[np.int64],
    window_ms: int,
    ranking: Ranking,
) -> Floats:
    """Add to each window's score the mean of those around it; windows not at hand count 0.

    `durations_ms` is how long each window's video is; `window_ms` is how far one window usually is
    from the next. The best possible score stays 1.
    """
    weight = ranking.surroundings
    if not weight or not len(scores):
        return scores
    reach_ms = ranking.reach_ms
    middles_ms = (windows.starts_ms + windows.ends_ms) // 2
    # One line of time for all videos, too far apart to reach each other.
    stride = int(middles_ms.max()) + 2 * reach_ms + 1
    line = windows.videos * stride + middles_ms
    order = np.argsort(line, kind="stable")
    line_in_order = line[order]
    sums = np.concatenate([[0.0], np.cumsum(np.maximum(scores[order], 0), dtype=np.float64)])
    first = np.searchsorted(line_in_order, line - reach_ms, "left")
    last = np.searchsorted(line_in_order, line + reach_ms, "right")
    # What of the reach lies inside the video could hold windows.
    ends = np.minimum(durations_ms, middles_ms + reach_ms)
    inside_ms = ends - np.maximum(0, middles_ms - reach_ms)
    room = np.maximum(last - first, inside_ms / max(window_ms, 1))
    around = (sums[last] - sums[first]) / room
    return np.asarray((scores + weight * around) / (1 + weight), np.float32)
