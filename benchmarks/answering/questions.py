"""Questions about held-out films, with what is right: answerable ones and near misses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.answering.library import Shown, World, scenes_of
from search.ranking.moments import Moment
from toy.dataset.claim_questions import claim
from toy.dataset.visible_labels import Sight, see
from toy.world.scenes import BACKGROUNDS, COLOURS, HIDDEN, MOTIONS, ROUND, SHAPES

_STATED = ("colour", "shape", "motion", "background")
# What is changed in a question about a scene, so that nothing in the library answers it.
NEAR_MISSES: dict[str, tuple[str, ...]] = {
    "wrong colour": ("colour",),
    "wrong motion": ("motion",),
    "nothing such": ("colour", "shape", "motion", "background"),
}
ANSWERABLE = "answerable"


@dataclass(frozen=True, slots=True)
class Query:
    """A query, what is seen in what answers it, and of which kind it is."""

    kind: str
    text: str
    meant: Sight

    def right(self, moment: Moment, world: World) -> Shown | None:
        """Return the scene for which a moment is right: it is half of the shorter of the two."""
        return next(
            (
                shown
                for shown in world.scenes
                if shown.path == moment.video.path
                and same(sight_of(shown), self.meant)
                and half_shared(moment, shown)
            ),
            None,
        )


def half_shared(moment: Moment, shown: Shown) -> bool:
    """Whether a moment and a scene share at least half of the shorter of them."""
    both_ms = min(moment.end_ms, shown.window.end_ms) - max(moment.start_ms, shown.window.start_ms)
    return 2 * both_ms >= min(moment.end_ms - moment.start_ms, shown.window.length_ms)


def sight_of(shown: Shown) -> Sight | None:
    """Return what a scene shows in sixteen frames; None where that is ambiguous or nothing."""
    seconds = shown.scene.length_s
    sight = see(shown.scene, [(i + 0.5) * seconds / 16 for i in range(16)])
    return sight if sight is not None and sight.shape else None


def same(seen: Sight | None, meant: Sight) -> bool:
    """Whether a sight has all that is meant."""
    return seen is not None and all(getattr(seen, a) == getattr(meant, a) for a in _STATED)


def queries(world: World, each: int, seed: int) -> list[Query]:
    """Return twice `each` answerable queries, and `each` of every kind of near miss."""
    rng = np.random.default_rng(seed)
    there = [sight for shown in world.scenes if (sight := sight_of(shown)) is not None]
    scenes = [shown for film in world.asked for shown in scenes_of(film)]
    sights = [sight for shown in scenes if (sight := sight_of(shown)) is not None]
    asked = [
        Query(ANSWERABLE, claim(sight, _STATED, rng)[0], sight)
        for sight in _some(sights, 2 * each, rng)
    ]
    for kind, changed in NEAR_MISSES.items():
        for sight in _some(sights, each, rng):
            wrong = _changed(sight, changed, there, rng)
            asked.append(Query(kind, claim(wrong, _STATED, rng)[0], wrong))
    return asked


def _some(sights: Sequence[Sight], count: int, rng: np.random.Generator) -> list[Sight]:
    places = rng.permutation(len(sights))[:count]
    return [sights[int(place)] for place in places]


def _changed(
    sight: Sight, changed: Sequence[str], there: Sequence[Sight], rng: np.random.Generator
) -> Sight:
    """Return a sight with some attributes changed: one that can be shown and is not there."""
    values = {
        "colour": tuple(COLOURS),
        "shape": SHAPES,
        "motion": MOTIONS,
        "background": BACKGROUNDS,
    }
    while True:
        other = sight
        for attribute in changed:
            others = [v for v in values[attribute] if v != getattr(sight, attribute)]
            other = replace(other, **{attribute: others[int(rng.integers(len(others)))]})
        hidden = other.colour in HIDDEN[other.background]
        unseen = other.motion == "spin" and other.shape in ROUND
        if not hidden and not unseen and not any(same(known, other) for known in there):
            return other
