"""Draws scenes as pictures: backgrounds from noise and waves, shapes from signed distances."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toy.world.scenes import Pose, Scene, course

Picture = NDArray[np.floating[Any]]
Plane = NDArray[np.floating[Any]]

# How soft an edge is, in pixels.
_SOFT = 0.6
# How far a shape reaches, in its radii.
_REACH = 1.35


def draw(
    scene: Scene, times_s: list[float], width: int, height: int, soft: float = _SOFT
) -> NDArray[np.uint8]:
    """Return the scene at some times: uint8 RGB, shape (times, height, width, 3).

    `soft` is how wide an edge blurs, in pixels.
    """
    ground = background(scene, width, height)
    pictures = np.empty((len(times_s), height, width, 3), np.uint8)
    pictures[:] = np.clip(ground + 0.5, 0, 255)
    x = ((np.arange(width, dtype=np.float32) + 0.5) / width * scene.aspect)[None]
    y = ((np.arange(height, dtype=np.float32) + 0.5) / height)[:, None]
    pixel = (scene.aspect / width + 1 / height) / 2
    colour = np.array(course(scene).colour, np.float32)
    for picture, time_s in zip(pictures, times_s, strict=True):
        pose = scene.pose(time_s)
        if not pose.visible:
            continue
        far = _REACH * pose.radius + 2 * pixel
        across, down = np.abs(x[0] - pose.x) < far, np.abs(y[:, 0] - pose.y) < far
        part = np.ix_(down, across)
        distance = edge_distance(scene.shape, pose, x[:, across], y[down])
        cover = np.clip(0.5 - distance / (2 * soft * pixel), 0, 1)[..., None]
        under = ground[part]
        picture[part] = np.clip(under + (colour - under) * cover + 0.5, 0, 255)
    return pictures


def edge_distance(shape: str, pose: Pose, x: Plane, y: Plane) -> Plane:
    """Return how far places lie outside a shape's edge, in heights of the picture; inside < 0.

    `x`, shape (1, columns), and `y`, shape (rows, 1), are places in heights of the picture.
    """
    cos, sin = math.cos(pose.angle), math.sin(pose.angle)
    across, down = (x - pose.x) / pose.radius, (y - pose.y) / pose.radius
    return np.asarray(
        DISTANCES[shape](cos * across + sin * down, cos * down - sin * across) * pose.radius
    )


def _circle(x: Plane, y: Plane) -> Plane:
    return np.sqrt(x * x + y * y) - 1


def _ring(x: Plane, y: Plane) -> Plane:
    return np.abs(np.sqrt(x * x + y * y) - 0.8) - 0.22


def _square(x: Plane, y: Plane) -> Plane:
    return np.maximum(np.abs(x), np.abs(y)) - 0.88


def _triangle(x: Plane, y: Plane) -> Plane:
    slope = math.sqrt(3) / 2
    return np.maximum(np.maximum(y, -0.5 * y + slope * x), -0.5 * y - slope * x) - 0.62


def _cross(x: Plane, y: Plane) -> Plane:
    a, b = np.abs(x), np.abs(y)
    return np.minimum(np.maximum(a - 1.05, b - 0.34), np.maximum(b - 1.05, a - 0.34))


def _star(x: Plane, y: Plane) -> Plane:
    """Five points: one edge between an outer and an inner corner, folded ten times."""
    tenth, outer, inner = math.pi / 5, 1.22, 0.5
    angle = np.abs((np.arctan2(x, -y) + tenth) % (2 * tenth) - tenth)
    radius = np.sqrt(x * x + y * y)
    along, aside = radius * np.cos(angle) - outer, radius * np.sin(angle)
    dx, dy = inner * math.cos(tenth) - outer, inner * math.sin(tenth)
    return (along * dy - aside * dx) / math.hypot(dx, dy)


def _heart(x: Plane, y: Plane) -> Plane:
    """Two round lobes above a point; after Inigo Quilez, "2D distance functions"."""
    across, up = np.abs(x) / 1.9, (0.95 - y) / 1.9
    lobe = np.hypot(across - 0.25, up - 0.75) - math.sqrt(2) / 4
    edge = np.maximum(across + up, 0) / 2
    point = np.minimum(np.hypot(across, up - 1), np.hypot(across - edge, up - edge))
    low = point * np.sign(across - up)
    return np.asarray(np.where(across + up > 1, lobe, low) * 1.9)


def _moon(x: Plane, y: Plane) -> Plane:
    """A crescent, open to the right: one disc without another."""
    return np.asarray(np.maximum(np.hypot(x + 0.05, y) - 1.02, 0.86 - np.hypot(x - 0.52, y)))


# Signed distances to a shape's edge, in its radii; below 0 inside.
DISTANCES: dict[str, Callable[[Plane, Plane], Plane]] = {
    "circle": _circle,
    "ring": _ring,
    "square": _square,
    "triangle": _triangle,
    "cross": _cross,
    "star": _star,
    "heart": _heart,
    "moon": _moon,
}


def background(scene: Scene, width: int, height: int) -> Picture:
    """Return the scene's background: float32 RGB, shape (height, width, 3), 0 to 255."""
    rng = np.random.default_rng(scene.seed)
    x = np.broadcast_to(
        (np.arange(width, dtype=np.float32) + 0.5) / width * scene.aspect, (height, width)
    )
    y = np.broadcast_to(
        ((np.arange(height, dtype=np.float32) + 0.5) / height)[:, None], (height, width)
    )
    return _GROUNDS[scene.background](rng, x, y).astype(np.float32)


def _noise(rng: np.random.Generator, rows: int, columns: int, like: Plane) -> Plane:
    """Return smooth noise of `rows` x `columns` patches, in the shape of `like`."""
    height, width = like.shape
    grid = rng.standard_normal((rows + 1, columns + 1)).astype(np.float32)
    down = (np.arange(height, dtype=np.float32) + 0.5) / height * rows
    across = (np.arange(width, dtype=np.float32) + 0.5) / width * columns
    row, column = down.astype(int), across.astype(int)
    share_down, share_across = (down - row)[:, None], across - column
    lines = grid[row] * (1 - share_down) + grid[row + 1] * share_down
    return np.asarray(
        lines[:, column] * (1 - share_across) + lines[:, column + 1] * share_across, np.float32
    )


def _rgb(red: float, green: float, blue: float) -> NDArray[np.float32]:
    return np.array([red, green, blue], np.float32)


def _plain(level: float, uneven: float) -> Callable[[np.random.Generator, Plane, Plane], Picture]:
    def ground(rng: np.random.Generator, x: Plane, y: Plane) -> Picture:
        tilt = rng.uniform(-1, 1, 3)
        shade = level + uneven * (tilt[0] + tilt[1] * (x - 0.6) + tilt[2] * (y - 0.5))
        return np.repeat(shade[..., None], 3, axis=-1)

    return ground


def _night(rng: np.random.Generator, x: Plane, y: Plane) -> Picture:
    sky = _rgb(8, 10, 34) + (_rgb(22, 26, 70) - _rgb(8, 10, 34)) * y[..., None]
    pixel = 1 / y.shape[0]
    light = np.zeros_like(y)
    for _ in range(int(rng.integers(25, 45))):
        star_x, star_y = rng.uniform(0, float(x.max())), rng.uniform(0, 1)
        size, bright = rng.uniform(0.006, 0.012), rng.uniform(120, 255)
        spread = size**2 + (0.45 * pixel) ** 2
        apart = (x - star_x) ** 2 + (y - star_y) ** 2
        light = light + bright * size**2 / spread * np.exp(-apart / (2 * spread))
    return np.asarray(sky + light[..., None])


def _grass(rng: np.random.Generator, x: Plane, y: Plane) -> Picture:
    blades = 14 * _noise(rng, 6, 8, x) + 9 * _noise(rng, 30, 52, x)
    return np.asarray(
        _rgb(58, 132, 44) + blades[..., None] * _rgb(0.8, 1, 0.6) - 18 * (y - 0.5)[..., None]
    )


def _sea(rng: np.random.Generator, x: Plane, y: Plane) -> Picture:
    phase, rows = rng.uniform(0, 2 * math.pi, 2), rng.uniform(9, 14)
    wave = np.sin(
        2 * math.pi * rows * y + 1.2 * np.sin(2 * math.pi * 1.3 * x + phase[0]) + phase[1]
    )
    light = 13 * np.maximum(wave, 0) ** 2 + 5 * _noise(rng, 16, 12, x) + 20 * (0.5 - y)
    return np.asarray(_rgb(24, 82, 150) + light[..., None])


def _brick(rng: np.random.Generator, x: Plane, y: Plane) -> Picture:
    high = 1 / int(rng.integers(7, 10))
    wide, mortar = 2.1 * high, 0.09 * high
    row = np.floor(y / high)
    column = x / wide + row % 2 * 0.5
    part_x, part_y = column - np.floor(column), y / high - row
    edge = np.minimum(np.minimum(part_y, 1 - part_y) * high, np.minimum(part_x, 1 - part_x) * wide)
    joint = np.clip((mortar - edge) * y.shape[0] / 0.9 + 0.5, 0, 1)[..., None]
    shade = np.sin(row * 12.9 + np.floor(column) * 78.2) * 43758.5
    tint = 26 * (shade - np.floor(shade) - 0.5) + 3 * _noise(rng, 30, 40, x)
    bricks = _rgb(152, 68, 52) + tint[..., None] * _rgb(1, 0.6, 0.5)
    return np.asarray(bricks * (1 - joint) + _rgb(188, 178, 166) * joint)


def _desert(rng: np.random.Generator, x: Plane, y: Plane) -> Picture:
    phase, rows = rng.uniform(0, 2 * math.pi, 2), rng.uniform(3, 5)
    dunes = np.sin(
        2 * math.pi * rows * y + 1.6 * np.sin(2 * math.pi * 0.6 * x + phase[0]) + phase[1]
    )
    return np.asarray(_rgb(214, 182, 124) + (11 * dunes + 4 * _noise(rng, 24, 32, x))[..., None])


def _sky(rng: np.random.Generator, x: Plane, y: Plane) -> Picture:
    clouds = _noise(rng, 4, 6, x) + 0.5 * _noise(rng, 9, 12, x)
    cover = np.clip((clouds - 0.35) / 0.9, 0, 1)[..., None]
    blue = _rgb(112, 170, 232) + 22 * (y - 0.5)[..., None]
    return np.asarray(blue * (1 - cover) + _rgb(248, 249, 252) * cover)


_GROUNDS: dict[str, Callable[[np.random.Generator, Plane, Plane], Picture]] = {
    "black": _plain(8, 4),
    "white": _plain(247, 4),
    "grey": _plain(128, 16),
    "night": _night,
    "grass": _grass,
    "sea": _sea,
    "brick": _brick,
    "desert": _desert,
    "sky": _sky,
}
