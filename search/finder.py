"""Finds the stretches of video that answer a query: candidates, scores, merging, order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from indexer.video import Video
from search.confidence import Evidence, evidence
from search.embed import QueryEncoder
from search.lookup import Candidates
from search.moments import Scored, Stretch, merge
from search.options import SearchOptions
from search.query import Query
from search.rank import Floats, Ranking, fuse, with_surroundings
from search.store import Store

# Windows looked at for each question: enough that neighbours of every good one are among them.
CANDIDATES = 1000
# Stretches looked at closer, or three times as many as are asked for.
STRETCHES = 100
# In "A" then "B", what answers a step has at least this share of the best one's score.
STEP_SHARE = 0.6
# Below this cosine, and without a word of the question, a window has nothing to do with it.
WEAKEST_COSINE = 0.15


@dataclass(frozen=True, slots=True)
class Aim:
    """One thing to look for: a direction among the vectors, words, and what to keep away from."""

    vector: NDArray[np.float32] | None
    words: str
    phrases: tuple[str, ...]
    away: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch that answers, its score, and the words of its best window."""

    fingerprint: str
    start_ms: int
    end_ms: int
    score: float
    text: str
    transcript: str
    confidence: float


class Finder:
    """Looks for one question at a time in a store."""

    def __init__(
        self,
        store: Store,
        encoder: Callable[[], QueryEncoder],
        copies: Mapping[str, Sequence[Video]],
        ranking: Ranking,
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._copies = copies
        self._ranking = ranking

    def find(
        self,
        query: Query,
        likes: Sequence[tuple[NDArray[np.float32], float]],
        fingerprints: Sequence[str] | None,
        options: SearchOptions,
        limit: int,
    ) -> list[Found]:
        """Return at least the `limit` best answers, best first, in the videos named (None: all).

        `likes` are the vectors of the moments whose likes are asked for, with their weights.
        """
        most = max(STRETCHES, 3 * limit)
        away = self._encoder().queries(query.nots) if query.nots else None
        if query.steps:
            vectors = self._encoder().queries(query.steps)
            found = [
                self._stretches(Aim(vector, step, (), away), fingerprints, options, 3 * most)
                for vector, step in zip(vectors, query.steps, strict=True)
            ]
            return self._in_turn(in_order(found, query.within_ms), options)
        aim = self._aim(query, likes, away)
        return self._in_turn(self._stretches(aim, fingerprints, options, most), options)

    def _aim(
        self,
        query: Query,
        likes: Sequence[tuple[NDArray[np.float32], float]],
        away: NDArray[np.float32] | None,
    ) -> Aim:
        """Add up the texts and likes of a query, by their weights."""
        directions = list(likes)
        if query.texts and self._ranking.cosine:
            vectors = self._encoder().queries([text.text for text in query.texts])
            weights = [text.weight for text in query.texts]
            directions += zip(vectors, weights, strict=True)
        vector = None
        if directions:
            summed = np.sum([weight * direction for direction, weight in directions], axis=0)
            vector = np.asarray(summed / max(float(np.linalg.norm(summed)), 1e-9), np.float32)
        words = " ".join(text.text for text in query.texts) if self._ranking.keywords else ""
        return Aim(vector, words, query.phrases, away)

    def _stretches(
        self, aim: Aim, fingerprints: Sequence[str] | None, options: SearchOptions, most: int
    ) -> list[Found]:
        """Return the stretches that answer one aim, best first, `most` of them."""
        candidates = self._store.candidates(
            aim.vector, aim.words, aim.phrases, fingerprints, CANDIDATES
        )
        if not candidates.rows.num_rows:
            return []
        cosines = _cosines(candidates, aim.vector)
        unwanted = _nearest(candidates, aim.away)
        own = fuse(cosines, candidates.keywords, unwanted, self._ranking)
        scores = self._scores(candidates, own)
        stretches = self._merged(candidates, scores, own, options.longest_ms)
        meant = (cosines >= WEAKEST_COSINE) | (candidates.keywords > 0)
        told = evidence(cosines, candidates, aim.words)
        return [
            _found(stretch, candidates, told)
            for stretch in stretches[:most]
            if meant[stretch.best.row] and stretch.best.score > 0
        ]

    def _scores(self, candidates: Candidates, scores: Floats) -> Floats:
        """Add to each window's score that of its surroundings."""
        names = candidates.rows["fingerprint"].to_pylist()
        starts = candidates.rows["start_ms"].to_numpy()
        ends = candidates.rows["end_ms"].to_numpy()
        numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
        durations = {
            name: videos[0].duration_ms
            for name in numbers
            if (videos := self._copies.get(name)) is not None
        }
        return with_surroundings(
            scores,
            np.array([numbers[name] for name in names], np.int64),
            (starts + ends) // 2,
            np.array([durations.get(name, 0) for name in names], np.int64),
            int(np.median(ends - starts)),
            self._ranking,
        )

    def _merged(
        self, candidates: Candidates, scores: Floats, own: Floats, longest_ms: int
    ) -> list[Stretch]:
        columns = (
            candidates.rows[name].to_pylist() for name in ("fingerprint", "start_ms", "end_ms")
        )
        windows = [
            Scored(fingerprint, start_ms, end_ms, float(scores[row]), row)
            for row, (fingerprint, start_ms, end_ms) in enumerate(zip(*columns, strict=True))
            if fingerprint in self._copies
        ]
        longest_ms = longest_ms if self._ranking.merged else 0
        return merge(windows, longest_ms=longest_ms, own=own.tolist())

    def _in_turn(self, found: list[Found], options: SearchOptions) -> list[Found]:
        """Let a video's second moment stand behind the first ones of others."""
        seen: dict[str, int] = {}
        ordered = []
        for item in found:
            nth = seen.get(item.fingerprint, 0)
            seen[item.fingerprint] = nth + 1
            if options.per_video is None or nth < options.per_video:
                ordered.append(replace(item, score=item.score * self._ranking.again**nth))
        return sorted(ordered, key=lambda item: -item.score)


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
        f"{chain.text} → {step.text}",
        " → ".join(filter(None, (chain.transcript, step.transcript))),
        min(chain.confidence, step.confidence),
    )


def _apart(found: Sequence[Found]) -> list[Found]:
    """Drop what overlaps a better one."""
    kept: dict[str, list[Found]] = {}
    for item in found:
        others = kept.setdefault(item.fingerprint, [])
        if all(item.end_ms <= o.start_ms or o.end_ms <= item.start_ms for o in others):
            others.append(item)
    return sorted((i for items in kept.values() for i in items), key=lambda item: -item.score)


def _cosines(candidates: Candidates, vector: NDArray[np.float32] | None) -> Floats:
    if vector is None:
        return np.zeros(len(candidates.keywords), np.float32)
    return np.asarray(candidates.vectors @ vector, np.float32)


def _nearest(candidates: Candidates, away: NDArray[np.float32] | None) -> Floats:
    """Return each candidate's cosine to the nearest unwanted text."""
    if away is None:
        return np.zeros(len(candidates.keywords), np.float32)
    return np.asarray((candidates.vectors @ away.T).max(axis=1), np.float32)


def _found(stretch: Stretch, candidates: Candidates, told: Evidence) -> Found:
    best = stretch.best
    return Found(
        best.fingerprint,
        stretch.start_ms,
        stretch.end_ms,
        best.score,
        candidates.rows["text"][best.row].as_py(),
        candidates.rows["transcript"][best.row].as_py(),
        told.confidence(best.row),
    )
