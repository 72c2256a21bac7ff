"""Moments: stretches of a video that answer a question, merged from adjacent windows. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.video import Video

# A neighbour belongs to a moment while its score is at least this share of the best one's:
# on ActivityNet Captions this finds twice as many spans (tIoU 0.5) as single windows.
NEIGHBOUR_SHARE = 0.65
# Footage without cuts says the same for hours; a moment stays something to watch.
LONGEST_MS = 120_000
# A moment that answers by words begins so long before them.
BREATH_MS = 500
# A sentence that begins this soon after the one before goes on with it.
_NEXT_SENTENCE_MS = 2_000
# A moment is called strong when it is likelier than not that its video was meant.
STRONG = 0.5


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that a clip must show, or where not `wanted` must not; and how likely it does."""

    text: str
    wanted: bool = True
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """What came of looking at a moment again: is it so (None: not looked at), and how likely.

    `probability` is that of yes, 0 to 1; `criteria` are what was asked, each with its own.
    """

    verified: bool | None = None
    probability: float | None = None
    criteria: tuple[Criterion, ...] = ()

    @property
    def mark(self) -> str:
        """The verdict in a few characters, for titles and tables; empty where there is none."""
        if self.verified is None or self.probability is None:
            return ""
        return f"{'✓' if self.verified else '✗'} {100 * self.probability:.0f} %"

    def facts(self) -> dict[str, object]:
        """Return the verdict as programs read it."""
        return {
            "verified": self.verified,
            "probability": _rounded(self.probability),
            "criteria": [
                {
                    "text": each.text,
                    "wanted": each.wanted,
                    "probability": _rounded(each.probability),
                }
                for each in self.criteria
            ],
        }


def _rounded(probability: float | None) -> float | None:
    return None if probability is None else round(probability, 4)


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch [start_ms, end_ms) of a video, with its score (higher is better) and words.

    `text` is the description of the best window in it, `transcript` what is said in that.
    `confidence` (0 to 1) says how sure it is that this was meant; `before` and `after` are the
    neighbouring descriptions, in order, where they were asked for. `best_ms` is the middle of that
    best window, where it is known: the place for a picture of the moment. `check` is what the model
    said when it looked again; None where it was not to. A moment that answers by what is said in
    it has those words as `said`, and begins just before them. Where `text` is a question and its
    answer, which was kept, `answered_by` is the model that gave it. One that is only `listed` was
    asked for by filters, or chosen: nothing says how sure it is.
    """

    video: Video
    start_ms: int
    end_ms: int
    score: float
    text: str
    transcript: str = ""
    confidence: float = 1.0
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    check: Check | None = None
    best_ms: int | None = None
    said: str = ""
    answered_by: str = ""
    listed: bool = False

    @property
    def picture_ms(self) -> int:
        """Where to take a picture that shows what `text` says."""
        return (self.start_ms + self.end_ms) // 2 if self.best_ms is None else self.best_ms

    @property
    def by(self) -> str:
        """Say whether it answers by what is "said" or "seen" in it."""
        return "said" if self.said else "seen"

    @property
    def words(self) -> str:
        """What tells of it in a line: what is said in it, in quotes, or what is seen."""
        return f"“{self.said}”" if self.said else self.text

    @property
    def certainty(self) -> str:
        """Say in a word how sure it is that this was meant; nothing where that was not asked."""
        if self.listed:
            return ""
        return "strong" if self.confidence >= STRONG else "weak"


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows [starts_ms, ends_ms) in order of video, start and end; `videos` are numbers."""

    videos: NDArray[np.int64]
    starts_ms: NDArray[np.int64]
    ends_ms: NDArray[np.int64]

    def middle_ms(self, row: int) -> int:
        """Return the middle of the window in a row."""
        return int(self.starts_ms[row] + self.ends_ms[row]) // 2

    def only(self, rows: NDArray[np.intp]) -> Windows:
        """Return the windows in some rows, which rise."""
        return Windows(self.videos[rows], self.starts_ms[rows], self.ends_ms[rows])

    def alone(self, row: int, score: float) -> Stretch:
        """Return the window in a row as a stretch."""
        start_ms, end_ms = int(self.starts_ms[row]), int(self.ends_ms[row])
        return Stretch(int(self.videos[row]), start_ms, end_ms, score, row)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Adjacent windows taken together: [start_ms, end_ms), led by the one in row `best`."""

    video: int
    start_ms: int
    end_ms: int
    score: float
    best: int


def merge(
    windows: Windows,
    scores: NDArray[np.float32],
    own: NDArray[np.float32] | None = None,
    share: float = NEIGHBOUR_SHARE,
    longest_ms: int = LONGEST_MS,
    most: int | None = None,
) -> list[Stretch]:
    """Merge windows into stretches, best first; with `most`, no more than that many.

    Each stretch grows from the best window not yet taken, to whichever touching or overlapping
    neighbour is better, while that has at least `share` of the best one's score and the stretch
    stays within `longest_ms`. Every window ends up in exactly one stretch. Neighbours are judged
    by `own` where that is given: a score that holds some of the surroundings leads to the right
    video, but blurs where a moment ends.
    """
    line = _Line(windows, scores if own is None else own, share, longest_ms)
    seeds = np.argsort(-scores, kind="stable").tolist()
    stretches: list[Stretch] = []
    for seed in seeds:
        if len(stretches) == most:
            break
        if line.free[seed]:
            start_ms, end_ms = line.grow(seed)
            video = int(windows.videos[seed])
            stretches.append(Stretch(video, start_ms, end_ms, float(scores[seed]), seed))
    return stretches


def spoken(
    sentences: Windows,
    scores: NDArray[np.float32],
    own: NDArray[np.float32],
    longest_ms: int = LONGEST_MS,
    most: int | None = None,
) -> list[Stretch]:
    """Make stretches of sentences, best first; with `most`, no more than that many.

    A stretch begins `BREATH_MS` before the sentence that answers best, and goes on with those
    right after it that have `NEIGHBOUR_SHARE` of its score, within `longest_ms`.
    """
    videos, starts = sentences.videos.tolist(), sentences.starts_ms.tolist()
    ends, worth = sentences.ends_ms.tolist(), own.tolist()
    free = [True] * len(worth)
    stretches: list[Stretch] = []
    for seed in np.argsort(-scores, kind="stable").tolist():
        if len(stretches) == most:
            break
        if not free[seed]:
            continue
        free[seed] = False
        start_ms, end_ms, after = max(0, starts[seed] - BREATH_MS), ends[seed], seed + 1
        while (
            after < len(worth)
            and free[after]
            and videos[after] == videos[seed]
            and starts[after] <= end_ms + _NEXT_SENTENCE_MS
            and worth[after] >= NEIGHBOUR_SHARE * worth[seed]
            and ends[after] - start_ms <= longest_ms
        ):
            free[after] = False
            end_ms = max(end_ms, ends[after])
            after += 1
        stretches.append(Stretch(videos[seed], start_ms, end_ms, float(scores[seed]), seed))
    return stretches


class _Line:
    """Windows in order, those already in a stretch marked as taken."""

    def __init__(
        self, windows: Windows, worth: NDArray[np.float32], share: float, longest_ms: int
    ) -> None:
        self.free = [True] * len(worth)
        self._videos = windows.videos.tolist()
        self._starts = windows.starts_ms.tolist()
        self._ends = windows.ends_ms.tolist()
        self._worth = worth.tolist()
        self._share = share
        self._longest_ms = longest_ms

    def grow(self, seed: int) -> tuple[int, int]:
        """Take a window and the neighbours that belong to it; return where they reach."""
        first = last = seed
        start_ms, end_ms = self._starts[seed], self._ends[seed]
        self.free[seed] = False
        least = self._share * self._worth[seed]
        while True:
            sides = [
                i
                for i in (first - 1, last + 1)
                if 0 <= i < len(self.free)
                and self.free[i]
                and self._videos[i] == self._videos[seed]
                and self._worth[i] >= least
                and self._starts[i] <= end_ms
                and self._ends[i] >= start_ms
                and max(end_ms, self._ends[i]) - min(start_ms, self._starts[i]) <= self._longest_ms
            ]
            if not sides:
                return start_ms, end_ms
            taken = max(sides, key=self._worth.__getitem__)
            self.free[taken] = False
            first, last = min(first, taken), max(last, taken)
            start_ms = min(start_ms, self._starts[taken])
            end_ms = max(end_ms, self._ends[taken])


def in_turn(
    scored: Sequence[tuple[Hashable, float]], again: float, per_video: int | None
) -> list[tuple[int, float]]:
    """Let a video's second moment stand behind the first ones of others.

    Takes the video and the score of each moment, best first; returns which of them remain, at
    most `per_video` of each, and their scores: the n-th of a video counts `again`^(n-1) of it.
    """
    seen: dict[Hashable, int] = {}
    ordered = []
    for number, (video, score) in enumerate(scored):
        nth = seen.get(video, 0)
        seen[video] = nth + 1
        if per_video is None or nth < per_video:
            ordered.append((number, score * again**nth))
    return sorted(ordered, key=lambda item: -item[1])
