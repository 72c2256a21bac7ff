"""Descriptions and summaries: words that read back as what was seen."""

import numpy as np

from toy.dataset.caption_language import (
    Chooser,
    caption,
    read_caption,
    read_summary,
    summary,
)
from toy.dataset.random_windows import draw_window
from toy.dataset.visible_labels import Sight


def test_descriptions_read_back_as_what_was_seen() -> None:
    rng = np.random.default_rng(0)
    for _ in range(500):
        sights = draw_window(rng, int(rng.integers(1, 13))).sights
        assert read_caption(caption(sights, Chooser(rng, 0.5))) == sights


def test_summaries_read_back_and_say_each_thing_once() -> None:
    sights = [Sight("sea", "red", "star"), Sight("sea", "red", "star"), Sight("night")]
    assert summary(sights) == (
        "A red star over the blue sea, then nothing under a starry night sky."
    )
    assert read_summary(summary(sights)) == [("sea", "red", "star"), ("night", "", "")]
