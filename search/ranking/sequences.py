"""One thing after another: stretches of videos in which each step is followed by the next. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

# What answers a step has at least this share of the best one's score.
STEP_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch that answers, its score, and the words of its best window, and that one's middle.

    `said` is the sentence by which it answers, if it does by one; `answered_by` the model whose
    answer, which was kept, those words are.
    """

    fingerprint: str
    start_ms: int
    end_ms: int
    score: float
    text: str
    transcript: str
    confidence: float
    best_ms: int | None = None
    said: str = ""
    answered_by: str = ""


def in_order(steps: Sequence[Sequence[Found]], within_ms: int) -> list[Found]:
    """Return stretches of videos in which each step is followed by the next, best first.

    A step follows when it begins after the one before it began, and no later than `within_ms`
    after that one's end. Of all ways to the same last step the best is kept.
    """
    first, *others = (_strong(step) for step in steps)
    chains = list(first)
    for following in others:
        by_video = {
            name: list(group)
            for name, group in groupby(
                sorted(chains, key=lambda item: item.fingerprint), lambda item: item.fingerprint
            )
        }
        chains = []
        for step in following:
            before = [
                chain
                for chain in by_video.get(step.fingerprint, [])
                if chain.start_ms < step.start_ms <= chain.end_ms + within_ms
                and step.end_ms > chain.end_ms
            ]
            if before:
                chains.append(_joined(max(before, key=lambda item: item.score), step))
    count = len(steps)
    scored = [replace(chain, score=chain.score / count) for chain in chains]
    return _apart(sorted(scored, key=lambda item: (-item.score, item.fingerprint, item.start_ms)))


def _strong(found: Sequence[Found]) -> list[Found]:
    """Keep what answers a step well; found are best first. Anything follows anything, weakly."""
    return [item for item in found if item.score >= STEP_SHARE * found[0].score]


def _joined(chain: Found, step: Found) -> Found:
    return Found(
        chain.fingerprint,
        chain.start_ms,
        step.end_ms,
        chain.score + step.score,
        " → ".join(filter(None, (chain.text, step.text))),
        " → ".join(filter(None, (chain.transcript, step.transcript))),
        min(chain.confidence, step.confidence),
        chain.best_ms,
        " → ".join(filter(None, (chain.said, step.said))),
    )


def at_once(seen: Sequence[Found], said: Sequence[Found]) -> list[Found]:
    """Return what is said while something is seen, best first: each sentence with the best of it.

    Such a moment is where the words are; its score and certainty are those of both.
    """
    by_video: dict[str, list[Found]] = {}
    for item in seen:
        by_video.setdefault(item.fingerprint, []).append(item)
    found = []
    for words in said:
        meanwhile = [
            item
            for item in by_video.get(words.fingerprint, [])
            if item.start_ms < words.end_ms and words.start_ms < item.end_ms
        ]
        if meanwhile:
            best = max(meanwhile, key=lambda item: item.score)
            found.append(
                replace(
                    words,
                    score=(words.score + best.score) / 2,
                    text=best.text,
                    confidence=min(words.confidence, best.confidence),
                )
            )
    return sorted(found, key=lambda item: -item.score)


def _apart(found: Sequence[Found]) -> list[Found]:
    """Drop what overlaps a better one."""
    kept: dict[str, list[Found]] = {}
    for item in found:
        others = kept.setdefault(item.fingerprint, [])
        if all(item.end_ms <= o.start_ms or o.end_ms <= item.start_ms for o in others):
            others.append(item)
    return sorted((i for items in kept.values() for i in items), key=lambda item: -item.score)
