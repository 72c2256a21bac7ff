"""What can be seen of a scene in a few frames: labels come from evidence, not from the script."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from toy.world.scenes import BACKGROUNDS, COLOURS, DIRECTIONS, MOTIONS, SHAPES, Pose, Scene

# Least way across or down, in heights of the picture, that counts as moving.
_STRAIGHT, _DIAGONAL = 0.13, 0.11


@dataclass(frozen=True, slots=True)
class Sight:
    """What a scene shows: a background and, unless `shape` is "", a shape that does something.

    `motion` is "" where too few frames show it, `size` where it is not to be named.
    """

    background: str
    colour: str = ""
    shape: str = ""
    motion: str = ""
    size: str = ""


def see(scene: Scene, times_s: list[float]) -> Sight | None:
    """Return what frames at `times_s` of a scene show, or None where that is ambiguous."""
    if not scene.shape:
        return Sight(scene.background)
    poses = [scene.pose(time_s) for time_s in times_s]
    if not any(pose.visible for pose in poses):
        return None
    if len(poses) < 3:
        return Sight(scene.background, scene.colour, scene.shape)
    motion = _motion_seen(scene.motion, poses)
    if motion is None:
        return None
    size = "" if motion in {"grow", "shrink"} else scene.size
    if scene.motion in {"bounce", "orbit"} and size == "large":
        size = "medium"
    return Sight(scene.background, scene.colour, scene.shape, motion, size)


def _motion_seen(motion: str, poses: list[Pose]) -> str | None:
    """Return the motion that some poses in a row show, or None where it can't be told."""
    if motion == "blink" and all(pose.visible for pose in poses):
        return "still"
    first, last = poses[0], poses[-1]
    radii = [pose.radius for pose in poses]
    plain = {
        "spin": abs(last.angle - first.angle) >= math.radians(20),
        "grow": max(radii) / min(radii) >= 1.25,
        "shrink": max(radii) / min(radii) >= 1.25,
        "bounce": _bounces([pose.y for pose in poses]),
        "orbit": _turns(poses),
    }.get(motion, True)
    return motion if plain and _goes(motion, first, last) else None


def _goes(motion: str, first: Pose, last: Pose) -> bool:
    """Whether a shape is seen to go where its motion says; true of motions on the spot."""
    right, down = DIRECTIONS.get(motion, (0, 0))
    least = _DIAGONAL if right and down else _STRAIGHT
    across, along = abs(last.x - first.x), abs(last.y - first.y)
    return (not right or across >= least) and (not down or along >= least)


def _bounces(heights: list[float]) -> bool:
    """Whether a shape is seen to go up and down, not only one of both."""
    steps = [after - before for before, after in pairwise(heights)]
    reach = max(heights) - min(heights)
    both = any(step > 0.02 for step in steps) and any(step < -0.02 for step in steps)
    return both and reach >= (0.2 if len(heights) < 4 else 0.15)


def _turns(poses: list[Pose]) -> bool:
    """Whether a shape is seen on two thirds of a circle, in at least four places."""
    x = (max(pose.x for pose in poses) + min(pose.x for pose in poses)) / 2
    y = (max(pose.y for pose in poses) + min(pose.y for pose in poses)) / 2
    turned = 0.0
    for before, after in pairwise(poses):
        step = math.atan2(after.y - y, after.x - x) - math.atan2(before.y - y, before.x - x)
        turned += (step + math.pi) % (2 * math.pi) - math.pi
    return len(poses) >= 4 and abs(turned) >= math.radians(240)


def held_out(background: str = "", colour: str = "", shape: str = "", motion: str = "") -> bool:
    """Whether a combination is kept from training: some pairs of attributes never meet there.

    One colour of each shape, one motion of each shape and one motion on each background; every
    single attribute is met in other company. An attribute that is "" is not looked at.
    """
    a, c, s, m = (
        names.index(name) if name else None
        for names, name in (
            (BACKGROUNDS, background),
            (list(COLOURS), colour),
            (SHAPES, shape),
            (MOTIONS, motion),
        )
    )
    pairs = (
        c is not None and s is not None and (c + 3 * s) % 10 == 4,
        m is not None and s is not None and (m + 2 * s) % 15 == 7,
        m is not None and a is not None and (m + 4 * a) % 15 == 3,
    )
    return any(pairs)
