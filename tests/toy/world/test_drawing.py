"""Shapes and backgrounds where and as they should be."""

import numpy as np
import pytest

from toy.world.drawing import DISTANCES, background, draw
from toy.world.scenes import BACKGROUNDS, COLOURS, HIDDEN, SHAPES, Scene


def centre(picture: np.ndarray, ground: np.ndarray) -> tuple[float, float]:
    changed = np.abs(picture.astype(float) - ground).sum(-1) > 60
    rows, columns = np.nonzero(changed)
    return float(columns.mean()) / picture.shape[1], float(rows.mean()) / picture.shape[0]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_drawn_in_its_colour(shape: str) -> None:
    scene = Scene("black", "red", shape, "still", 4.0)
    (picture,) = draw(scene, [1.0], 80, 60)
    red = (picture[..., 0] > 150) & (picture[..., 1] < 90)
    assert 0.02 < red.mean() < 0.2
    inside = DISTANCES[shape](np.linspace(-2, 2, 99)[None], np.linspace(-2, 2, 99)[:, None]) < 0
    assert 0.05 < inside.mean() < 0.5


@pytest.mark.parametrize(
    ("motion", "x", "y"),
    [("left", -1, 0), ("right", 1, 0), ("up", 0, -1), ("down", 0, 1), ("downleft", -1, 1)],
)
def test_motions_go_where_they_say(motion: str, x: int, y: int) -> None:
    scene = Scene("white", "blue", "circle", motion, 6.0)
    ground = background(scene, 80, 60)
    first, last = (centre(p, ground) for p in draw(scene, [0.5, 5.5], 80, 60))
    for before, after, sign in ((first[0], last[0], x), (first[1], last[1], y)):
        assert np.sign(round(after - before, 1)) == sign


@pytest.mark.parametrize("ground", BACKGROUNDS)
def test_backgrounds_keep_their_pattern_and_hide_no_colour(ground: str) -> None:
    colour = next(c for c in COLOURS if c not in HIDDEN[ground])
    scene = Scene(ground, colour, "circle", "still", 4.0, seed=3)
    assert np.array_equal(background(scene, 64, 48), background(scene, 64, 48))
    with pytest.raises(ValueError, match="cannot be seen"):
        for hidden in HIDDEN[ground] or {"red"}:
            Scene("brick" if ground == "grey" else ground, hidden, "circle", "still", 4.0)
