"""Draws windows of the world at random: scenes on a timeline, and the frames that are looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toy.dataset.visible_labels import Sight, held_out, see
from toy.world.scenes import BACKGROUNDS, COLOURS, HIDDEN, MOTIONS, ROUND, SHAPES, SIZES, Scene

_ASPECTS = (4 / 3, 4 / 3, 16 / 9)
_EMPTY = 0.03


@dataclass(frozen=True, slots=True)
class Shot:
    """A scene, the seconds into it at which frames are taken, and what these show."""

    scene: Scene
    times_s: list[float]
    sight: Sight


@dataclass(frozen=True, slots=True)
class DrawnWindow:
    """A window of `length_s` seconds whose frames fall into one or more shots."""

    shots: list[Shot]
    length_s: float

    @property
    def sights(self) -> list[Sight]:
        """What is seen, scene by scene."""
        return [shot.sight for shot in self.shots]


def draw_scene(
    rng: np.random.Generator,
    length_s: float,
    aspect: float,
    *,
    new: bool = False,
    empty: float = _EMPTY,
) -> Scene:
    """Return a scene of a combination met in training or, with `new`, of one that is not.

    `empty` is the share of scenes without a shape (never among new combinations).
    """
    seed = int(rng.integers(1 << 31))
    if not new and rng.random() < empty:
        return Scene(_any(rng, BACKGROUNDS), "", "", "", length_s, aspect, seed)
    while True:
        ground = _any(rng, BACKGROUNDS)
        colour = _any(rng, [known for known in COLOURS if known not in HIDDEN[ground]])
        motion = _any(rng, MOTIONS)
        shape = _any(rng, [known for known in SHAPES if motion != "spin" or known not in ROUND])
        if held_out(ground, colour, shape, motion) == new:
            size = _any(rng, tuple(SIZES))
            return Scene(ground, colour, shape, motion, length_s, aspect, seed, size)


def _any(rng: np.random.Generator, names: tuple[str, ...] | list[str]) -> str:
    return names[int(rng.integers(len(names)))]


def draw_window(
    rng: np.random.Generator, frames: int, *, scenes: int = 0, new: bool = False
) -> DrawnWindow:
    """Return a window whose frames can be told: of `scenes` scenes, or where 0 of one to three.

    Frames are spread evenly from a random place in the window's first share on.
    """
    while True:
        drawn = _try_window(rng, frames, scenes, new)
        if drawn is not None:
            return drawn


def _try_window(
    rng: np.random.Generator, frames: int, scenes: int, new: bool
) -> DrawnWindow | None:
    aspect = _ASPECTS[int(rng.integers(len(_ASPECTS)))]
    length_s = rng.uniform(4, 10.5) * min(1.0, max(frames, 2) / 8)
    step = length_s / frames
    times = rng.uniform(0, step) + step * np.arange(frames)
    count = scenes or (1 if frames < 4 else int(rng.choice([1, 2, 3], p=[0.6, 0.33, 0.07])))
    cuts = np.sort(rng.uniform(0.04 * length_s, 0.96 * length_s, count - 1))
    borders = [0.0, *cuts.tolist(), length_s]
    shots: list[Shot] = []
    for place in range(count):
        start_s, end_s = borders[place], borders[place + 1]
        inside = times[(times >= start_s) & (times < end_s)]
        if not len(inside):
            return None
        total_s, skipped_s = _stretch(rng, end_s - start_s, place, count)
        scene = draw_scene(rng, total_s, aspect, new=new)
        if shots and scene.background == shots[-1].scene.background:
            return None
        times_s = (inside - start_s + skipped_s).tolist()
        sight = see(scene, times_s)
        if sight is None:
            return None
        shots.append(Shot(scene, times_s, sight))
    return DrawnWindow(shots, length_s)


def _stretch(
    rng: np.random.Generator, part_s: float, place: int, count: int
) -> tuple[float, float]:
    """Return how long a scene is of which a window shows `part_s`, and what was before that.

    The first scene of several ends in the window, the last begins in it, those between do both;
    a single scene may do neither.
    """
    if count == 1:
        total_s = max(part_s, 4.0) + rng.uniform(0, max(0.0, 14 - part_s))
        return total_s, rng.uniform(0, total_s - part_s)
    if 0 < place < count - 1:
        return max(part_s, 2.0), 0.0
    total_s = max(part_s, rng.uniform(3.5, 13))
    return total_s, total_s - part_s if place == 0 else 0.0
