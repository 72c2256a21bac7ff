"""Finds the stretches of video that answer a query: candidates, scores, merging, order.

Two sides compete: what is seen (windows and their descriptions) and what is said (sentences). A
stretch of time is as good as the better of the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from indexer.describing.answers.wording import cleaned
from indexer.video import Video
from search.candidate_lookup import Aim, Side, Vector, candidates_of, named_by
from search.embedding.embedder import QueryEncoder
from search.query.options import SearchOptions
from search.query.parser import Query, Text
from search.ranking.candidates import Candidates, together
from search.ranking.confidence import NEXT, Evidence, evidence
from search.ranking.fusion import Floats, Ranking, fuse, with_names, with_surroundings
from search.ranking.moments import Stretch, in_turn, merge, spoken
from search.ranking.overlap_suppression import Time, compete
from search.ranking.sequences import Found, at_once, in_order
from search.ranking.video_names import Named, Names

# So many of them are compared with what the library says elsewhere.
COMPARED = 300
# Stretches looked at closer, or three times as many as are asked for.
STRETCHES = 100
# Below this cosine, and without a word of the question, a window has nothing to do with it.
WEAKEST_COSINE = 0.15


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one aim came to on one side: stretches, best first, and what speaks for their rows.

    Rows that are answers, not descriptions, are `kept`.
    """

    side: Side
    candidates: Candidates
    kept: NDArray[np.bool_]
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


@dataclass(frozen=True, slots=True)
class _Answer:
    """A stretch, and the side that it is found on."""

    on: _Seen
    stretch: Stretch

    @property
    def fingerprint(self) -> str:
        """The content that the stretch is of."""
        return self.on.candidates.names[self.stretch.video]

    @property
    def time(self) -> Time:
        """Which time it answers, and by what."""
        windows, stretch, best = self.on.candidates.windows, self.stretch, self.stretch.best
        return Time(
            self.fingerprint,
            (int(windows.starts_ms[best]), int(windows.ends_ms[best])),
            (stretch.start_ms, stretch.end_ms),
            self.on.side.said,
            bool(self.on.kept[best]),
        )


class Finder:
    """Looks for one question on its sides as they are."""

    def __init__(
        self,
        sides: Sequence[Side],
        encoder: Callable[[], QueryEncoder],
        copies: Mapping[str, Sequence[Video]],
        ranking: Ranking,
        names: Names,
    ) -> None:
        self._names = names
        self._sides = sides
        self._encoder = encoder
        self._copies = copies
        self._ranking = ranking

    def find(
        self,
        query: Query,
        likes: Sequence[tuple[Vector, float]],
        options: SearchOptions,
        limit: int,
    ) -> Iterator[Found]:
        """Yield answers, best first; many more than `limit`.

        `likes` are the vectors of the moments whose likes are asked for, with their weights.
        """
        most = max(STRETCHES, 3 * limit)
        away = self._encoder().queries(query.nots) if query.nots else None
        if query.steps:
            yield from self._steps(query, away, options, 3 * most)
            return
        if query.also is not None:
            yield from self._together(query, query.also, likes, away, options, 3 * most)
            return
        answers = self._answers(query, likes, away, options.longest_ms, most)
        scored = [(answer.fingerprint, answer.stretch.score) for answer in answers]
        turns = in_turn(scored, self._ranking.again, options.per_video)
        best = [
            replace(answers[number], stretch=replace(answers[number].stretch, score=score))
            for number, score in turns
        ]
        # Not all are sure enough to be shown, and strays are known by those after them: a few more
        # than are asked for are read at once.
        at_once = limit + limit // 4 + 1 + NEXT
        for i in range(0, len(best), at_once):
            yield from self._told(best[i : i + at_once])

    def _answers(
        self,
        query: Query,
        likes: Sequence[tuple[Vector, float]],
        away: Floats | None,
        longest_ms: int,
        most: int,
    ) -> list[_Answer]:
        words = " ".join(text.text for text in query.texts) if self._ranking.keywords else ""
        aim = Aim(query.texts, words, likes, query.phrases, away)
        # Moments like one that is seen are seen.
        side = "seen" if likes else query.side
        return self._look(aim, side, longest_ms, most)

    def _together(
        self,
        seen: Query,
        said: Query,
        likes: Sequence[tuple[Vector, float]],
        away: Floats | None,
        options: SearchOptions,
        most: int,
    ) -> Iterator[Found]:
        """Yield where one thing is seen while another is said: from the sentence on."""
        ours = self._told(self._answers(seen, likes, away, options.longest_ms, most))
        theirs = self._told(self._answers(said, (), away, options.longest_ms, most))
        found = at_once(ours, theirs)
        scored = [(item.fingerprint, item.score) for item in found]
        for number, score in in_turn(scored, self._ranking.again, options.per_video):
            yield replace(found[number], score=score)

    def _steps(
        self, query: Query, away: Floats | None, options: SearchOptions, most: int
    ) -> Iterator[Found]:
        found: list[list[Found]] = []
        for step in query.steps:
            aim = Aim((Text(step),), step, away=away)
            found.append(self._told(self._look(aim, query.side, options.longest_ms, most)))
        chains = in_order(found, query.within_ms)
        scored = [(one.fingerprint, one.score) for one in chains]
        for number, score in in_turn(scored, self._ranking.again, options.per_video):
            yield replace(chains[number], score=score)

    def _direction(self, aim: Aim) -> Vector | None:
        """Add up texts and likes, by their weights."""
        directions = list(aim.likes)
        if aim.texts and self._ranking.cosine:
            vectors = self._encoder().queries([text.text for text in aim.texts])
            weights = [text.weight for text in aim.texts]
            directions += zip(vectors, weights, strict=True)
        if not directions:
            return None
        summed = np.sum([weight * direction for direction, weight in directions], axis=0)
        return np.asarray(summed / max(float(np.linalg.norm(summed)), 1e-9), np.float32)

    def _look(self, aim: Aim, which: str, longest_ms: int, most: int) -> list[_Answer]:
        """Return the best stretches that answer one aim, best first, at most `most` of a side."""
        wanted = [
            side
            for side in self._sides
            if not side.snapshot.empty and (not which or side.said == (which == "said"))
        ]
        names = self._names if self._ranking.names else None
        named = named_by(aim, wanted, names, most) if names else {False: {}, True: {}}
        aim = aim.beside(named[False])
        # The question is embedded once, while the first side's words are looked up.
        aim = replace(aim, vector=lru_cache(maxsize=1)(partial(self._direction, aim)))
        found = [
            (side, together(parts))
            for side in wanted
            if (parts := candidates_of(aim, side, named[side.said], names, most))
        ]
        # Words weigh the same on both sides.
        most_words = max((float(rows.keywords.max(initial=0)) for _, rows in found), default=0.0)
        seen = [
            self._judged(aim, side, rows, most_words, longest_ms, most, named[side.said])
            for side, rows in found
        ]
        return _competed([_Answer(each, stretch) for each in seen for stretch in each.stretches])

    def _judged(
        self,
        aim: Aim,
        side: Side,
        candidates: Candidates,
        most_words: float,
        longest_ms: int,
        most: int,
        named: Mapping[str, Named],
    ) -> _Seen:
        """Return the stretches that one side's candidates make, and what speaks for them."""
        cosines = _cosines(candidates, aim.vector())
        own = self._own(side, candidates, cosines, aim.away, most_words)
        called = np.array(
            [named[name].strength if name in named else 0.0 for name in candidates.names],
            np.float32,
        )[candidates.windows.videos]
        kept = np.isin(candidates.ids, side.snapshot.answers)
        raised = with_names(own, called, self._ranking, alone=aim.alone)
        # By a name alone all windows of a long video may be as good as those of its namesakes.
        enough = None if aim.alone else most
        stretches = self._stretches(side, candidates, kept, raised, own, longest_ms, enough)
        meant = (cosines >= WEAKEST_COSINE) | (candidates.keywords > 0) | (called > 0)
        left = [
            stretch
            for stretch in stretches
            if meant[stretch.best]
            and stretch.score > 0
            and candidates.names[stretch.video] in self._copies
        ]
        speaks = evidence(cosines, aim.asked, said=side.said)
        return _Seen(side, candidates, kept, left, speaks, named)

    def _stretches(
        self,
        side: Side,
        candidates: Candidates,
        kept: NDArray[np.bool_],
        raised: Floats,
        own: Floats,
        longest_ms: int,
        most: int | None,
    ) -> list[Stretch]:
        """Return the stretches that adjacent windows make, best first.

        Answers that were kept stand each for itself, and windows merge as if those were not there.
        """
        grown, described = spoken if side.said else merge, np.flatnonzero(~kept)
        some = candidates.only(described) if kept.any() else candidates
        stretches = grown(
            some.windows,
            self._scores(some, raised[described]),
            own[described],
            longest_ms=longest_ms if self._ranking.merged else 0,
            most=most,
        )
        if not kept.any():
            return stretches
        scores, windows = self._scores(candidates, raised), candidates.windows
        stretches = [replace(each, best=int(described[each.best])) for each in stretches]
        stretches += [windows.alone(int(row), float(scores[row])) for row in np.flatnonzero(kept)]
        return sorted(stretches, key=lambda each: -each.score)[:most]

    def _own(
        self,
        side: Side,
        candidates: Candidates,
        cosines: Floats,
        away: Floats | None,
        most_words: float,
    ) -> Floats:
        """Return each row's own score, less what nearness to everything else costs it."""
        unwanted = _nearest(candidates, away)
        own = fuse(cosines, candidates.keywords, unwanted, self._ranking, most_words)
        sample = side.snapshot.sample
        if sample is None or not self._ranking.common or not cosines.any():
            return own
        best = np.argsort(-own, kind="stable")[:COMPARED]
        common = sample.commonness(
            candidates.vectors[best], candidates.names, candidates.windows.videos[best]
        )
        costs = np.full(len(own), common.mean(), np.float32)
        costs[best] = common
        less = cosines - self._ranking.common * costs
        return fuse(less, candidates.keywords, unwanted, self._ranking, most_words)

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

    def _told(self, answers: Sequence[_Answer]) -> list[Found]:
        """Return answers with the words of their best rows, and how sure they are.

        Windows that say nothing are found by the words a model wrote for nothing; they answer none.
        """
        told: dict[int, Found] = {}
        for side in self._sides:
            ours = [i for i, answer in enumerate(answers) if answer.on.side is side]
            if not ours:
                continue
            on = answers[ours[0]].on
            best = [answers[i].stretch.best for i in ours]
            words = side.snapshot.words(on.candidates.ids[best])
            for i, row in zip(ours, words, strict=True):
                stretch = answers[i].stretch
                text, heard = row.text, row.transcript
                if not side.said and not (text := cleaned(text)) and not heard:
                    continue
                told[i] = Found(
                    answers[i].fingerprint,
                    stretch.start_ms,
                    stretch.end_ms,
                    stretch.score,
                    "" if side.said else text,
                    text if side.said else heard,
                    on.confidence(stretch, text, heard),
                    on.candidates.windows.middle_ms(stretch.best),
                    text if side.said else "",
                    row.answered_by,
                )
        return [told[i] for i in range(len(answers)) if i in told]


def _competed(answers: Sequence[_Answer]) -> list[_Answer]:
    """Return answers, best first, without those whose time is better answered otherwise."""
    ordered = sorted(answers, key=lambda each: -each.stretch.score)
    return [ordered[number] for number in compete([each.time for each in ordered])]


def _cosines(candidates: Candidates, vector: Vector | None) -> Floats:
    if vector is None:
        return np.zeros(len(candidates.keywords), np.float32)
    return np.asarray(candidates.vectors @ vector, np.float32)


def _nearest(candidates: Candidates, away: Floats | None) -> Floats:
    """Return each candidate's cosine to the nearest unwanted text."""
    if away is None:
        return np.zeros(len(candidates.keywords), np.float32)
    return np.asarray((candidates.vectors @ away.T).max(axis=1), np.float32)
