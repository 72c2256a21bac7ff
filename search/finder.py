"""Finds the stretches of video that answer a query: candidates, scores, merging, order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from indexer.video import Video
from search.embedding.embedder import QueryEncoder
from search.query.options import SearchOptions
from search.query.parser import Query
from search.ranking.candidates import Candidates, together
from search.ranking.confidence import Evidence, evidence
from search.ranking.fusion import Floats, Ranking, fuse, with_names, with_surroundings
from search.ranking.moments import Stretch, in_turn, merge
from search.ranking.names import Named, Names
from search.ranking.sequences import Found, in_order
from search.store.snapshot import Scope, Snapshot

# Windows looked at for each question: enough that neighbours of every good one are among them.
CANDIDATES = 1000
# So many of them are compared with what the library says elsewhere.
COMPARED = 300
# Of the videos that a question names so many are looked into, those named best.
NAMED = 200
# Stretches looked at closer, or three times as many as are asked for.
STRETCHES = 100
# Below this cosine, and without a word of the question, a window has nothing to do with it.
WEAKEST_COSINE = 0.15

_Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Aim:
    """One thing to look for: a direction among the vectors, words, and what to keep away from.

    The direction is found out while the words are looked up.
    """

    vector: Callable[[], _Vector | None]
    words: str
    phrases: tuple[str, ...] = ()
    away: Floats | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one aim came to: stretches, best first, and what speaks for their windows."""

    candidates: Candidates
    stretches: list[Stretch]
    evidence: Evidence
    named: Mapping[str, Named]

    def confidence(self, stretch: Stretch, text: str, transcript: str) -> float:
        """Return how likely it is that a stretch was meant, by its words and its video's name."""
        called = self.named.get(self.candidates.names[stretch.video])
        if called is None:
            return self.evidence.confidence(stretch.best, text, transcript)
        return self.evidence.confidence(
            stretch.best, text, transcript, called.words, called.certainty
        )


class Finder:
    """Looks for one question in the segments as they are."""

    def __init__(
        self,
        snapshot: Snapshot,
        encoder: Callable[[], QueryEncoder],
        copies: Mapping[str, Sequence[Video]],
        ranking: Ranking,
        names: Names,
    ) -> None:
        self._names = names
        self._snapshot = snapshot
        self._encoder = encoder
        self._copies = copies
        self._ranking = ranking

    def find(
        self,
        query: Query,
        likes: Sequence[tuple[_Vector, float]],
        scope: Scope,
        options: SearchOptions,
        limit: int,
    ) -> Iterator[Found]:
        """Yield answers, best first, among the rows in `scope`; many more than `limit`.

        `likes` are the vectors of the moments whose likes are asked for, with their weights.
        """
        most = max(STRETCHES, 3 * limit)
        away = self._encoder().queries(query.nots) if query.nots else None
        if query.steps:
            yield from self._steps(query, away, scope, options, 3 * most)
            return
        words = " ".join(text.text for text in query.texts) if self._ranking.keywords else ""
        aim = Aim(lambda: self._direction(query, likes), words, query.phrases, away)
        seen = self._look(aim, scope, options.longest_ms, most)
        if seen is None:
            return
        scored = [(stretch.video, stretch.score) for stretch in seen.stretches]
        turns = in_turn(scored, self._ranking.again, options.per_video)
        best = [replace(seen.stretches[number], score=score) for number, score in turns]
        for i in range(0, len(best), 2 * limit):
            yield from self._told(seen, best[i : i + 2 * limit])

    def _steps(
        self, query: Query, away: Floats | None, scope: Scope, options: SearchOptions, most: int
    ) -> Iterator[Found]:
        found: list[list[Found]] = []
        for step in query.steps:

            def direction(step: str = step) -> _Vector:
                vector: _Vector = self._encoder().queries([step])[0]
                return vector

            seen = self._look(Aim(direction, step, (), away), scope, options.longest_ms, most)
            found.append(self._told(seen, seen.stretches) if seen else [])
        chains = in_order(found, query.within_ms)
        scored = [(chain.fingerprint, chain.score) for chain in chains]
        for number, score in in_turn(scored, self._ranking.again, options.per_video):
            yield replace(chains[number], score=score)

    def _direction(self, query: Query, likes: Sequence[tuple[_Vector, float]]) -> _Vector | None:
        """Add up the texts and likes of a query, by their weights."""
        directions = list(likes)
        if query.texts and self._ranking.cosine:
            vectors = self._encoder().queries([text.text for text in query.texts])
            weights = [text.weight for text in query.texts]
            directions += zip(vectors, weights, strict=True)
        if not directions:
            return None
        summed = np.sum([weight * direction for direction, weight in directions], axis=0)
        return np.asarray(summed / max(float(np.linalg.norm(summed)), 1e-9), np.float32)

    def _look(self, aim: Aim, scope: Scope, longest_ms: int, most: int) -> _Seen | None:
        """Return the `most` best stretches that answer one aim; None where nothing does."""
        named = self._named(aim)
        found, vector = self._candidates(aim, scope, named)
        if not any(part.num_rows for part in found):
            return None
        candidates = together(found)
        cosines = _cosines(candidates, vector)
        own = self._own(candidates, cosines, aim.away)
        called = np.array(
            [named[name].strength if name in named else 0.0 for name in candidates.names],
            np.float32,
        )[candidates.windows.videos]
        scores = self._scores(candidates, with_names(own, called, self._ranking))
        stretches = merge(
            candidates.windows,
            scores,
            own,
            longest_ms=longest_ms if self._ranking.merged else 0,
            most=most,
        )
        meant = (cosines >= WEAKEST_COSINE) | (candidates.keywords > 0) | (called > 0)
        kept = [
            stretch
            for stretch in stretches
            if meant[stretch.best]
            and stretch.score > 0
            and candidates.names[stretch.video] in self._copies
        ]
        return _Seen(candidates, kept, evidence(cosines, aim.words), named)

    def _named(self, aim: Aim) -> dict[str, Named]:
        """Return the videos that are called by words of the question, those named best.

        Words that descriptions use as well say less of a name: they count half there, unless the
        name holds another word of the question that no description uses.
        """
        if not self._ranking.names or not aim.words:
            return {}
        named = self._names.named(aim.words)
        if not named:
            return {}
        used = self._snapshot.using(frozenset().union(*(one.words for one in named.values())))
        named = {name: replace(one, described=one.words <= used) for name, one in named.items()}
        best = sorted(named, key=lambda name: (-named[name].strength, name))[:NAMED]
        return {name: named[name] for name in best}

    def _candidates(
        self, aim: Aim, scope: Scope, named: Mapping[str, Named]
    ) -> tuple[list[pa.Table], _Vector | None]:
        """Look up words while the question is embedded and its neighbours are looked up.

        Of the videos that are named the windows nearest to the question are looked up as well.
        """
        look = self._snapshot
        if aim.phrases:
            return self._with_phrases(aim, scope)
        with ThreadPoolExecutor(1) as pool:
            worded = pool.submit(look.with_words, aim.words, scope, CANDIDATES)
            vector = aim.vector()
            near = [] if vector is None else [look.near(vector, scope, CANDIDATES)]
            if named and vector is not None:
                near.append(look.near(vector, scope.within(list(named)), CANDIDATES))
            return near + worded.result(), vector

    def _with_phrases(self, aim: Aim, scope: Scope) -> tuple[list[pa.Table], _Vector | None]:
        """Look up what holds each phrase in its words or in its video's name."""
        look, vector = self._snapshot, aim.vector()
        found = look.with_phrases(aim.phrases, aim.words, scope, CANDIDATES)
        if not self._ranking.names:
            return found, vector
        for lacking, contents in self._names.holding(aim.phrases).items():
            inside = scope.within(contents)
            if lacking:
                found += look.with_phrases(lacking, aim.words, inside, CANDIDATES)
            elif vector is not None:
                found.append(look.near(vector, inside, CANDIDATES))
        return found, vector

    def _own(self, candidates: Candidates, cosines: Floats, away: Floats | None) -> Floats:
        """Return each window's own score, less what nearness to everything else costs it."""
        unwanted = _nearest(candidates, away)
        own = fuse(cosines, candidates.keywords, unwanted, self._ranking)
        sample = self._snapshot.sample
        if sample is None or not self._ranking.common or not cosines.any():
            return own
        best = np.argsort(-own, kind="stable")[:COMPARED]
        common = sample.commonness(
            candidates.vectors[best], candidates.names, candidates.windows.videos[best]
        )
        costs = np.full(len(own), common.mean(), np.float32)
        costs[best] = common
        less = cosines - self._ranking.common * costs
        return fuse(less, candidates.keywords, unwanted, self._ranking)

    def _scores(self, candidates: Candidates, own: Floats) -> Floats:
        """Add to each window's score that of its surroundings."""
        windows = candidates.windows
        durations = [
            videos[0].duration_ms if (videos := self._copies.get(name)) else 0
            for name in candidates.names
        ]
        return with_surroundings(
            own,
            windows,
            np.array(durations, np.int64)[windows.videos],
            int(np.median(windows.ends_ms - windows.starts_ms)),
            self._ranking,
        )

    def _told(self, seen: _Seen, stretches: Sequence[Stretch]) -> list[Found]:
        """Return stretches with the words of their best windows, and how sure they are."""
        if not stretches:
            return []
        best = [stretch.best for stretch in stretches]
        words = self._snapshot.words(seen.candidates.ids[best])
        return [
            Found(
                seen.candidates.names[stretch.video],
                stretch.start_ms,
                stretch.end_ms,
                stretch.score,
                text,
                transcript,
                seen.confidence(stretch, text, transcript),
            )
            for stretch, (text, transcript) in zip(stretches, words, strict=True)
        ]


def _cosines(candidates: Candidates, vector: _Vector | None) -> Floats:
    if vector is None:
        return np.zeros(len(candidates.keywords), np.float32)
    return np.asarray(candidates.vectors @ vector, np.float32)


def _nearest(candidates: Candidates, away: Floats | None) -> Floats:
    """Return each candidate's cosine to the nearest unwanted text."""
    if away is None:
        return np.zeros(len(candidates.keywords), np.float32)
    return np.asarray((candidates.vectors @ away.T).max(axis=1), np.float32)
