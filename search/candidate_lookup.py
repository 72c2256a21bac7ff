"""Looks up what may answer one thing: by nearness, by words, by phrases, by names of videos."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from search.query.parser import Text
from search.ranking.fusion import Floats
from search.ranking.video_names import Named, Names, beside, best_named, is_alone
from search.store.snapshot import Scope, Snapshot

# Windows looked at for each question: enough that neighbours of every good one are among them.
CANDIDATES = 1000
# Of the videos that a question names so many are looked into, those named best, or as many as
# answers may be asked for; those named nearly as well as the best one before the others.
NAMED, NEARLY = 200, 0.9
# Of videos named alike a long one may have all the nearest windows: the others are asked again.
AGAIN = 3

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Aim:
    """One thing to look for: texts and likes, words, and what to keep away from.

    `words` are those that are looked up, `asked` those of the whole question. `alone` says that
    it is nothing but a name. What texts and likes come to among the vectors is found out while the
    words are looked up.
    """

    texts: tuple[Text, ...]
    words: str
    likes: Sequence[tuple[Vector, float]] = ()
    phrases: tuple[str, ...] = ()
    away: Floats | None = None
    asked: str = ""
    alone: bool = False
    vector: Callable[[], Vector | None] = lambda: None

    def beside(self, named: Mapping[str, Named]) -> Aim:
        """Return what is looked for beside whole names; all of it where that is nothing."""
        texts = tuple(replace(text, text=beside(text.text, named)) for text in self.texts)
        alone = is_alone(named) and not self.likes and self.away is None
        words = beside(self.words, named)
        return replace(self, texts=texts, words=words, asked=self.words, alone=alone)


@dataclass(frozen=True, slots=True)
class Side:
    """The segments, or the sentences (`said`), as they are now, and what of them may answer."""

    snapshot: Snapshot
    scope: Scope
    said: bool = False


def named_by(
    aim: Aim, sides: Sequence[Side], names: Names, most: int
) -> dict[bool, dict[str, Named]]:
    """Return the videos that words of the question call, those named best; by what is `said`.

    Words that descriptions use as well say less of a name: they count half there, unless the
    name holds another word of the question that no description uses, or is a file's with its
    suffix. A name alone is answered by what is seen.
    """
    named = names.named(aim.words) if aim.words else {}
    if not named or not sides:
        return {False: {}, True: {}}
    words = frozenset().union(*(one.words for one in named.values() if not one.exact))
    used = sides[0].snapshot.using(words)
    named = {
        name: one if one.exact else replace(one, described=one.words <= used)
        for name, one in named.items()
    }
    best = best_named(named, max(NAMED, most))
    seen_alone = is_alone(best) and not sides[0].said
    return {False: best, True: {} if seen_alone else best}


def candidates_of(
    aim: Aim, side: Side, named: Mapping[str, Named], names: Names | None, most: int
) -> list[pa.Table]:
    """Look up words while the question is embedded and its neighbours are looked up.

    In the videos that are named both is looked up as well; without `names` phrases are not looked
    for in them.
    """
    look, scope = side.snapshot, side.scope
    if aim.phrases:
        found = _with_phrases(aim, side, names)
    else:
        with ThreadPoolExecutor(1) as pool:
            worded = pool.submit(_worded, side, aim.words, list(named))
            vector = aim.vector()
            near = [] if vector is None else [look.near(vector, scope, CANDIDATES)]
            if named and vector is not None:
                near += _inside(side, vector, named, max(CANDIDATES, most))
            found = near + worded.result()
    return found if any(part.num_rows for part in found) else []


def _with_phrases(aim: Aim, side: Side, names: Names | None) -> list[pa.Table]:
    """Look up what holds each phrase in its words or in its video's name."""
    look, scope, vector = side.snapshot, side.scope, aim.vector()
    found = look.with_phrases(aim.phrases, aim.words, scope, CANDIDATES)
    if side.said or names is None:
        return found
    for lacking, contents in names.holding(aim.phrases).items():
        inside = scope.within(contents)
        if lacking:
            found += look.with_phrases(lacking, aim.words, inside, CANDIDATES)
        elif vector is not None:
            found.append(look.near(vector, inside, CANDIDATES))
    return found


def _worded(side: Side, words: str, named: Sequence[str]) -> list[pa.Table]:
    """Look up words; in the videos that are named too, where there is more than is looked at."""
    found = side.snapshot.with_words(words, side.scope, CANDIDATES)
    if named and any(part.num_rows >= CANDIDATES for part in found):
        found += side.snapshot.with_words(words, side.scope.within(named), CANDIDATES)
    return found


def _inside(side: Side, vector: Vector, named: Mapping[str, Named], limit: int) -> list[pa.Table]:
    """Look up the nearest windows in the videos that are named, in those named best at first."""
    least = NEARLY * max(one.strength for one in named.values())
    best = [name for name, one in named.items() if one.strength >= least]
    others = [name for name in named if named[name].strength < least]
    found = []
    for _ in range(AGAIN):
        found.append(side.snapshot.near(vector, side.scope.within(best), limit))
        best = sorted(set(best) - set(found[-1]["fingerprint"].to_pylist()))
        if found[-1].num_rows < limit or not best:
            break
    if others:
        found.append(side.snapshot.near(vector, side.scope.within(others), CANDIDATES))
    return found
