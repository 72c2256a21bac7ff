"""Moments: stretches of a video that answer a question, merged from adjacent segments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from indexer.video import Video

# A neighbour belongs to a moment while its score is at least this share of the best one's:
# on ActivityNet Captions this finds 1.6 times as many spans (tIoU 0.5) as single windows.
NEIGHBOUR_SHARE = 0.8
# Footage without cuts says the same for hours; a moment stays something to watch.
LONGEST_MS = 120_000
# A moment is called strong when it is likelier than not that its video was meant.
STRONG = 0.5


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch [start_ms, end_ms) of a video, with its score (higher is better) and words.

    `text` is the description of the best window in it, `transcript` what is said in that.
    `confidence` (0 to 1) says how sure it is that this was meant; `before` and `after` are the
    neighbouring descriptions, in order, where they were asked for.
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

    @property
    def certainty(self) -> str:
        """Say in a word how sure it is that this was meant."""
        return "strong" if self.confidence >= STRONG else "weak"


@dataclass(frozen=True, slots=True)
class Scored:
    """A window [start_ms, end_ms) of one content with its score; `row` is the caller's own."""

    fingerprint: str
    start_ms: int
    end_ms: int
    score: float
    row: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Adjacent windows taken together: [start_ms, end_ms), led by the best of them."""

    best: Scored
    start_ms: int
    end_ms: int


def merge(
    windows: Iterable[Scored],
    share: float = NEIGHBOUR_SHARE,
    longest_ms: int = LONGEST_MS,
) -> list[Stretch]:
    """Merge windows into stretches, best first.

    Each stretch grows from the best window not yet taken, to whichever touching or overlapping
    neighbour is better, while that has at least `share` of the best one's score and the stretch
    stays within `longest_ms`. Every window ends up in exactly one stretch.
    """
    by_video: dict[str, list[Scored]] = {}
    for window in windows:
        by_video.setdefault(window.fingerprint, []).append(window)
    stretches = [
        stretch for group in by_video.values() for stretch in _grow(group, share, longest_ms)
    ]
    return sorted(
        stretches, key=lambda s: (-s.best.score, s.best.fingerprint, s.start_ms, s.end_ms)
    )


def _grow(group: list[Scored], share: float, longest_ms: int) -> list[Stretch]:
    """Merge the windows of one video."""
    line = sorted(group, key=lambda window: (window.start_ms, window.end_ms))
    free = [True] * len(line)
    stretches = []
    for seed in sorted(range(len(line)), key=lambda i: (-line[i].score, i)):
        if not free[seed]:
            continue
        free[seed] = False
        first = last = seed
        start_ms, end_ms = line[seed].start_ms, line[seed].end_ms
        while True:
            sides = []
            if first > 0 and free[first - 1] and line[first - 1].end_ms >= start_ms:
                sides.append(first - 1)
            if last + 1 < len(line) and free[last + 1] and line[last + 1].start_ms <= end_ms:
                sides.append(last + 1)
            sides = [
                i
                for i in sides
                if line[i].score >= share * line[seed].score
                and max(end_ms, line[i].end_ms) - min(start_ms, line[i].start_ms) <= longest_ms
            ]
            if not sides:
                break
            taken = max(sides, key=lambda i: line[i].score)
            free[taken] = False
            first, last = min(first, taken), max(last, taken)
            start_ms = min(start_ms, line[taken].start_ms)
            end_ms = max(end_ms, line[taken].end_ms)
        stretches.append(Stretch(line[seed], start_ms, end_ms))
    return stretches
