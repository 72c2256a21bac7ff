"""Kept answers and descriptions of the same stretch of time: it is found once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from search.ranking.sequences import Found


def without_repeats(found: Iterable[Found]) -> Iterator[Found]:
    """Yield stretches, best first, without those that a better one shows already.

    An answer that was kept is a second description of a stretch: of it and another one that share
    half of the shorter of the two, the better one stays.
    """
    taken: dict[str, list[Found]] = {}
    for item in found:
        others = taken.setdefault(item.fingerprint, [])
        if any((item.answered_by or other.answered_by) and _same(item, other) for other in others):
            continue
        others.append(item)
        yield item


def _same(one: Found, other: Found) -> bool:
    both_ms = min(one.end_ms, other.end_ms) - max(one.start_ms, other.start_ms)
    shorter_ms = min(one.end_ms - one.start_ms, other.end_ms - other.start_ms)
    return both_ms > 0 and 2 * both_ms >= shorter_ms
