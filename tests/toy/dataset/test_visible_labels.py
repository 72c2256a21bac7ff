"""Labels are of what the frames show, not of what was drawn between them."""

import pytest

from toy.dataset.visible_labels import Sight, see
from toy.world.scenes import Scene


@pytest.mark.parametrize(
    ("motion", "times_s", "seen"),
    [
        ("left", [1.0, 4.0, 8.0], "left"),
        ("left", [1.0, 1.1, 1.2], None),
        ("grow", [1.0, 5.0, 9.0], "grow"),
        ("still", [1.0, 5.0, 9.0], "still"),
        ("orbit", [0.0, 1.0, 2.0], None),
        ("orbit", [0.0, 1.5, 3.0, 4.5, 6.0, 7.5], "orbit"),
    ],
)
def test_a_motion_is_named_only_where_the_frames_show_it(
    motion: str, times_s: list[float], seen: str | None
) -> None:
    sight = see(Scene("white", "red", "star", motion, 10.0, seed=5), times_s)
    assert (sight.motion if sight else None) == seen


def test_two_frames_show_no_motion_and_hidden_ones_nothing() -> None:
    scene = Scene("white", "red", "star", "blink", 20.0, seed=1)
    hidden = [t / 10 for t in range(200) if not scene.pose(t / 10).visible]
    assert see(scene, hidden[:1]) is None
    shown = [t / 10 for t in range(200) if scene.pose(t / 10).visible]
    assert see(scene, shown[:2]) == Sight("white", "red", "star")
