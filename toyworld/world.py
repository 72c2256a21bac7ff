"""What there is in the drawn world: one coloured shape a scene, moving before a background."""

from __future__ import annotations

import math
from dataclasses import dataclass

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
SHAPES = ("circle", "square", "triangle", "star", "ring", "cross")
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
MOTIONS = (*DIRECTIONS, "still", "spin", "grow", "shrink", "bounce", "blink")
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
    """A shape before a background for `length_s` seconds.

    The picture is `aspect` times as wide as high; `seed` fixes the background's pattern.
    """

    background: str
    colour: str
    shape: str
    motion: str
    length_s: float
    aspect: float = 4 / 3
    seed: int = 0

    def __post_init__(self) -> None:
        if self.background not in BACKGROUNDS or self.colour not in COLOURS:
            raise ValueError(f"no such background or colour: {self.background}, {self.colour}")
        if self.shape not in SHAPES or self.motion not in MOTIONS:
            raise ValueError(f"no such shape or motion: {self.shape}, {self.motion}")
        if self.colour in HIDDEN[self.background]:
            raise ValueError(f"{self.colour} cannot be seen before {self.background}")

    def pose(self, at_s: float) -> Pose:
        """Return where and how large the shape is at a time within the scene."""
        done = at_s / self.length_s
        x, y, radius, angle, visible = self.aspect / 2, 0.5, 0.2, 0.0, True
        if self.motion in DIRECTIONS:
            right, down = DIRECTIONS[self.motion]
            x += right * (done - 0.5) * 0.74 * self.aspect
            y += down * (done - 0.5) * 0.74
        elif self.motion == "spin":
            angle = math.radians(30) * at_s
        elif self.motion == "grow":
            radius = 0.11 * 3.2**done
        elif self.motion == "shrink":
            radius = 0.11 * 3.2 ** (1 - done)
        elif self.motion == "bounce":
            y = 0.78 - 0.42 * abs(math.sin(math.pi * at_s / 2.3))
        elif self.motion == "blink":
            visible = at_s % 3.4 < 1.8
        return Pose(x, y, radius, angle, visible)
