"""Draws frames at the size the toy sees, with the look of decoded video."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from toy.dataset.random_windows import DrawnWindow
from toy.world.drawing import DISTANCES, draw, edge_distance
from toy.world.scenes import Scene

SIDE = 64
# What the vision stage learns to see besides names: where the shape is, on a coarse grid, and
# its outline, upright and of one size.
MASK_SIDE, OUTLINE_SIDE = 32, 12
Pictures = NDArray[np.uint8]
Grid = NDArray[np.float32]


def frames_of(rng: np.random.Generator, window: DrawnWindow) -> Pictures:
    """Return a window's frames: uint8 RGB, shape (frames, SIDE, SIDE, 3)."""
    soft = rng.uniform(0.45, 0.75)
    shots = [draw(shot.scene, shot.times_s, SIDE, SIDE, soft) for shot in window.shots]
    return filmed(rng, np.concatenate(shots))


def filmed(rng: np.random.Generator, frames: Pictures) -> Pictures:
    """Return frames as a camera, an encoder and a resize might leave them."""
    seen: NDArray[np.floating[Any]] = frames.astype(np.float32)
    if rng.random() < 0.5:
        seen += rng.uniform(-0.10, 0.14) * (_smooth(seen) - seen)
    seen = seen * rng.uniform(0.95, 1.04) + rng.uniform(-5, 5)
    if rng.random() < 0.7:
        seen += rng.standard_normal(seen.shape, dtype=np.float32) * rng.uniform(0, 5)
    return np.asarray(np.clip(np.rint(seen), 0, 255), np.uint8)


def _smooth(frames: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    smooth = frames.copy()
    smooth[:, 1:-1] = (frames[:, :-2] + 2 * frames[:, 1:-1] + frames[:, 2:]) / 4
    across = smooth.copy()
    across[:, :, 1:-1] = (smooth[:, :, :-2] + 2 * smooth[:, :, 1:-1] + smooth[:, :, 2:]) / 4
    return across


def mask_of(scene: Scene, time_s: float) -> Grid:
    """Return how much of each cell the shape covers: shape (MASK_SIDE, MASK_SIDE), 0 to 1."""
    places = (np.arange(MASK_SIDE, dtype=np.float32) + 0.5) / MASK_SIDE
    cell = (scene.aspect + 1) / 2 / MASK_SIDE
    outside = edge_distance(
        scene.shape, scene.pose(time_s), places[None] * scene.aspect, places[:, None]
    )
    return np.asarray(np.clip(0.5 - outside / cell, 0, 1), np.float32)


def outline_of(scene: Scene, time_s: float) -> Grid:
    """Return the shape as it is turned, in the middle: shape (OUTLINE_SIDE, OUTLINE_SIDE)."""
    angle = scene.pose(time_s).angle
    cos, sin = np.cos(angle), np.sin(angle)
    places = (np.arange(OUTLINE_SIDE, dtype=np.float32) + 0.5) / OUTLINE_SIDE * 2.6 - 1.3
    x, y = places[None], places[:, None]
    outside = DISTANCES[scene.shape](cos * x + sin * y, cos * y - sin * x)
    return np.asarray(np.clip(0.5 - outside / 0.22, 0, 1), np.float32)
