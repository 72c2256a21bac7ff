"""What there is in the drawn world: at most one coloured shape a scene, moving on a background."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

COLOURS = {
    "red": (220, 35, 35),
    "orange": (245, 135, 20),
    "yellow": (245, 225, 40),
    "green": (40, 170, 60),
    "blue": (40, 80, 225),
    "purple": (130, 50, 170),
    "pink": (250, 130, 185),
    "turquoise": (50, 205, 205),
    "white": (246, 246, 246),
    "black": (16, 16, 16),
}
SHAPES = ("circle", "square", "triangle", "star", "ring", "cross", "heart", "moon")
BACKGROUNDS = ("black", "white", "grey", "night", "grass", "sea", "brick", "desert", "sky")
DIRECTIONS = {
    "left": (-1, 0),
    "right": (1, 0),
    "up": (0, -1),
    "down": (0, 1),
    "upleft": (-1, -1),
    "upright": (1, -1),
    "downleft": (-1, 1),
    "downright": (1, 1),
}
MOTIONS = (*DIRECTIONS, "still", "spin", "grow", "shrink", "bounce", "blink", "orbit")
# Least and greatest radius of a size, in heights of the picture; far enough apart to be told.
SIZES = {"small": (0.12, 0.14), "medium": (0.19, 0.215), "large": (0.29, 0.33)}
# Colours that can hardly be told from a background.
HIDDEN = {
    "black": {"black"},
    "white": {"white"},
    "grey": set[str](),
    "night": {"black"},
    "grass": {"green"},
    "sea": {"blue", "turquoise"},
    "brick": {"red"},
    "desert": {"yellow"},
    "sky": {"white", "turquoise"},
}
# Shapes that look the same however they are turned.
ROUND = {"circle", "ring"}


@dataclass(frozen=True, slots=True)
class Pose:
    """A shape at one moment: place and radius in heights of the picture, angle in radians."""

    x: float
    y: float
    radius: float
    angle: float
    visible: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """A shape, or none where `shape` is "", before a background for `length_s` seconds.

    The picture is `aspect` times as wide as high. Of a growing or shrinking shape, and of none,
    the size is not looked at. `seed` fixes the background's pattern and all that the words leave
    open: the exact place, path, radius, shade and rhythm.
    """

    background: str
    colour: str
    shape: str
    motion: str
    length_s: float
    aspect: float = 4 / 3
    seed: int = 0
    size: str = "medium"

    def __post_init__(self) -> None:
        if self.background not in BACKGROUNDS:
            raise ValueError(f"no such background: {self.background}")
        if not self.shape:
            return
        if self.colour not in COLOURS or self.size not in SIZES:
            raise ValueError(f"no such colour or size: {self.colour}, {self.size}")
        if self.shape not in SHAPES or self.motion not in MOTIONS:
            raise ValueError(f"no such shape or motion: {self.shape}, {self.motion}")
        if self.colour in HIDDEN[self.background]:
            raise ValueError(f"{self.colour} cannot be seen before {self.background}")
        if self.motion == "spin" and self.shape in ROUND:
            raise ValueError(f"a {self.shape} cannot be seen to spin")

    def pose(self, at_s: float) -> Pose:
        """Return where and how large the shape is at a time within the scene."""
        return _pose(self, course(self), at_s)


@dataclass(frozen=True, slots=True)
class Course:
    """All that a scene's words leave open, drawn once from its seed.

    Places and radii in heights of the picture, angles in radians, times in seconds; `phase` is
    a share of a period, `colour` RGB from 0 to 255.
    """

    start: tuple[float, float]
    end: tuple[float, float]
    radius: float
    growth: float
    tilt: float
    turn: float
    period: float
    phase: float
    reach: float
    shown: float
    colour: tuple[float, float, float]


@lru_cache(maxsize=256)
def course(scene: Scene) -> Course:
    """Return how a scene goes in all detail; the same scene always goes the same way."""
    rng = np.random.default_rng([scene.seed, 17])
    among = rng.uniform
    size = "medium" if scene.motion in {"grow", "shrink"} else scene.size
    if scene.motion in {"bounce", "orbit"} and size == "large":
        size = "medium"
    radius = among(*SIZES[size])
    start, end = _ends(rng, scene, radius)
    period = {"orbit": among(6.0, 9.0), "blink": among(2.8, 4.2)}.get(scene.motion, among(1.7, 3.0))
    shade = rng.uniform(-14, 14, 3)
    red, green, blue = np.clip(np.array(COLOURS.get(scene.colour, (0, 0, 0))) + shade, 0, 255)
    return Course(
        start=start,
        end=end,
        radius=among(0.11, 0.125) if scene.motion in {"grow", "shrink"} else radius,
        growth=among(2.8, 3.6),
        tilt=math.radians(among(-9, 9)),
        turn=math.radians(among(16, 40)) * rng.choice([-1, 1]),
        period=period,
        phase=among(0, 1),
        reach=among(0.34, 0.46) if scene.motion == "bounce" else among(0.2, 0.26),
        shown=among(0.45, 0.6),
        colour=(float(red), float(green), float(blue)),
    )


def _ends(
    rng: np.random.Generator, scene: Scene, radius: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the first and last place of a scene's shape, (x, y) in heights of the picture."""
    among, aspect = rng.uniform, scene.aspect
    margin = min(radius + 0.03, 0.32)
    x, y = among(margin, aspect - margin), among(margin, 1 - margin)
    start, end = [x, y], [x, y]
    near, far = among(0.06, 0.18) * aspect, among(0.82, 0.94) * aspect
    top, bottom = among(0.06, 0.16), among(0.84, 0.94)
    right, down = DIRECTIONS.get(scene.motion, (0, 0))
    if right:
        start[0], end[0] = (near, far) if right > 0 else (far, near)
    if down:
        start[1], end[1] = (top, bottom) if down > 0 else (bottom, top)
    if right and not down:
        end[1] = min(max(y + among(-0.05, 0.05), 0.8 * margin), 1 - 0.8 * margin)
    if down and not right:
        end[0] = x + among(-0.05, 0.05)
    if scene.motion == "bounce":
        start[1] = end[1] = 1 - margin - among(0, 0.05)
    if scene.motion == "orbit":
        start[0] = end[0] = aspect / 2 + among(-0.2, 0.2) * (aspect - 0.9)
        start[1] = end[1] = 0.5 + among(-0.03, 0.03)
    return (start[0], start[1]), (end[0], end[1])


def _pose(scene: Scene, way: Course, at_s: float) -> Pose:
    """Return the pose that a scene's course gives at a time."""
    done = at_s / scene.length_s
    x = way.start[0] + done * (way.end[0] - way.start[0])
    y = way.start[1] + done * (way.end[1] - way.start[1])
    radius, angle, visible = way.radius, way.tilt, bool(scene.shape)
    beat = at_s / way.period + way.phase
    if scene.motion == "spin":
        angle += way.turn * at_s
    elif scene.motion == "grow":
        radius *= way.growth**done
    elif scene.motion == "shrink":
        radius *= way.growth ** (1 - done)
    elif scene.motion == "bounce":
        y -= way.reach * abs(math.sin(math.pi * beat))
    elif scene.motion == "blink":
        visible = visible and beat % 1 < way.shown
    elif scene.motion == "orbit":
        turned = 2 * math.pi * beat * math.copysign(1, way.turn)
        x += way.reach * 1.25 * math.cos(turned)
        y += way.reach * math.sin(turned)
    return Pose(x, y, radius, angle, visible)
