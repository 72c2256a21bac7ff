"""Windows at random: training never meets what is held out."""

import numpy as np

from toy.dataset.caption_language import (
    caption,
)
from toy.dataset.question_families import ASKED, ask, summarise
from toy.dataset.random_windows import draw_scene, draw_window
from toy.dataset.visible_labels import held_out
from toy.world.scenes import COLOURS, SHAPES


def test_training_never_meets_a_held_out_combination_in_pictures_or_words() -> None:
    rng = np.random.default_rng(3)
    pairs = [f"{c} {s}" for c in COLOURS for s in SHAPES if held_out(colour=c, shape=s)]
    assert len(pairs) == len(SHAPES)
    for _ in range(400):
        window = draw_window(rng, 8)
        for shot in window.shots:
            scene = shot.scene
            assert not held_out(scene.background, scene.colour, scene.shape, scene.motion)
        texts = [caption(window.sights), summarise(rng).text]
        texts += [q.text for kind in ASKED if (q := ask(kind, window.sights, rng)) is not None]
        assert not [pair for pair in pairs for text in texts if pair in text]
    new = draw_scene(rng, 8.0, 4 / 3, new=True)
    assert held_out(new.background, new.colour, new.shape, new.motion)
