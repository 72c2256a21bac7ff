"""Which stretches are looked at to verify, to answer and to find borders. Pure arithmetic in ms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, log

from indexer.windows import Window


@dataclass(frozen=True, slots=True)
class Closeness:
    """How closely a moment is looked at again.

    Stretches of at most `longest_ms`, each in `frames` frames. Borders are sought in steps of
    `step_ms`, each shown in `step_frames` frames of `span_ms`, and up to `margin_ms` outside.
    """

    longest_ms: int = 6_000
    frames: int = 8
    step_ms: int = 1_000
    span_ms: int = 2_000
    step_frames: int = 6
    margin_ms: int = 10_000


def parts(window: Window, longest_ms: int, first: Window | None = None) -> list[Window]:
    """Cut a window into parts of at most `longest_ms`: those of `first` in it, then the nearest.

    >>> [(part.start_ms, part.end_ms) for part in parts(Window(0, 10_000), 6_000)]
    [(0, 5000), (5000, 10000)]
    """
    first = window if first is None else _within(first, window)
    middle = _middle(first)
    before, after = (window.start_ms, first.start_ms), (first.end_ms, window.end_ms)
    others = [part for start, end in (before, after) for part in _cut(start, end, longest_ms)]
    return [
        *_cut(first.start_ms, first.end_ms, longest_ms),
        *sorted(others, key=lambda part: (abs(_middle(part) - middle), part.start_ms)),
    ]


def _within(inner: Window, outer: Window) -> Window:
    """Return what of a window lies in another; all of that one where nothing does."""
    start_ms, end_ms = max(inner.start_ms, outer.start_ms), min(inner.end_ms, outer.end_ms)
    return Window(start_ms, end_ms) if start_ms < end_ms else outer


def _cut(start_ms: int, end_ms: int, longest_ms: int) -> list[Window]:
    """Cut a stretch, which may have no length, into equal parts."""
    length_ms = end_ms - start_ms
    count = ceil(length_ms / longest_ms)
    borders = [start_ms + length_ms * i // count for i in range(count + 1)] if count else []
    return [Window(a, b) for a, b in pairwise(borders) if a < b]


def steps(window: Window, within: Window, closeness: Closeness) -> list[Window]:
    """Return the steps in which borders are sought: over a window and its margins, in a video."""
    start_ms = max(within.start_ms, window.start_ms - closeness.margin_ms)
    end_ms = min(within.end_ms, window.end_ms + closeness.margin_ms)
    span_ms = min(closeness.span_ms, end_ms - start_ms)
    last_ms = end_ms - span_ms
    starts = [*range(start_ms, last_ms, closeness.step_ms), last_ms]
    return [Window(at, at + span_ms) for at in starts]


def narrowed(
    window: Window, stepped: Sequence[Window], likely: Sequence[float], least: float
) -> Window | None:
    """Return where it happens, from how likely each step shows it; None where none does so.

    The stretch of steps whose log odds, counted from half way between the likeliest and the least
    likely, add up to most. A border lies where the odds cross that level between two steps'
    middles. Only what touches `window` counts; a stretch at the edge of the steps ends there.
    """
    if max(likely) < least:
        return None
    odds = [_log_odds(each) for each in likely]
    level = (max(odds) + min(*odds, _log_odds(least))) / 2
    first, last = _heaviest([each - level for each in odds])
    start_ms, end_ms = stepped[first].start_ms, stepped[last].end_ms
    if first > 0:
        start_ms = _crossing(
            stepped[first - 1], stepped[first], odds[first - 1], odds[first], level
        )
    if last < len(stepped) - 1:
        end_ms = _crossing(stepped[last], stepped[last + 1], odds[last], odds[last + 1], level)
    if end_ms <= start_ms or end_ms <= window.start_ms or start_ms >= window.end_ms:
        return None
    return Window(start_ms, end_ms)


def _heaviest(weights: Sequence[float]) -> tuple[int, int]:
    """Return the first and last place of the stretch whose weights add up to most."""
    best, best_at = float("-inf"), (0, 0)
    running, start = 0.0, 0
    for place, weight in enumerate(weights):
        if running <= 0:
            running, start = 0.0, place
        running += weight
        if running > best:
            best, best_at = running, (start, place)
    return best_at


def _crossing(before: Window, after: Window, low: float, high: float, level: float) -> int:
    """Return when odds pass a level between the middles of two steps."""
    share = (level - low) / (high - low) if high != low else 0.5
    share = min(1.0, max(0.0, share))
    return round(_middle(before) + share * (_middle(after) - _middle(before)))


def _log_odds(probability: float) -> float:
    """Return a probability's log odds, within what a model's sureness can mean.

    >>> round(_log_odds(0.5), 3), round(_log_odds(1.0), 1)
    (0.0, 4.6)
    """
    probability = min(0.99, max(0.01, probability))
    return log(probability / (1 - probability))


def _middle(window: Window) -> float:
    return (window.start_ms + window.end_ms) / 2
