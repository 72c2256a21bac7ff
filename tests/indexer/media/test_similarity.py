"""Which windows show the same as one before."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from indexer.media.clip import Clip
from indexer.media.similarity import ALIKE, StillWatch, fields
from indexer.windows import Window


def clip(picture: NDArray[np.uint8] | int, start_ms: int = 0, frames: int = 4) -> Clip:
    pictures = np.broadcast_to(np.asarray(picture, np.uint8), (frames, 90, 160, 3)).copy()
    times = tuple(start_ms + 1_000 * i for i in range(frames))
    return Clip(Window(start_ms, start_ms + 10_000), times, pictures)


def test_fields_are_mean_colours_at_any_size() -> None:
    rng = np.random.default_rng(0)
    large = rng.integers(0, 256, (2, 64, 96, 3)).astype(np.uint8)
    means = fields(large)
    assert means.shape == (2, 32, 32, 3)
    assert np.allclose(means[1, 5, 7], large[1, 10:12, 21:24].mean((0, 1)))
    tiny = np.full((1, 5, 7, 3), 9, np.uint8)
    assert (fields(tiny) == 9).all()


def test_noise_is_the_same_and_something_small_is_not() -> None:
    rng = np.random.default_rng(0)
    empty = rng.integers(40, 200, (90, 160, 3))
    watch = StillWatch()
    assert watch.same_as(clip(empty.astype(np.uint8))) is None
    noisy = clip((empty + rng.integers(-6, 7, empty.shape)).astype(np.uint8), 10_000)
    assert watch.same_as(noisy) == Window(0, 10_000)
    ball = noisy.frames.copy()
    ball[2, 40:46, 70:76] = 255
    assert watch.same_as(replace(noisy, frames=ball)) is None, "in one frame, six pixels wide"


def test_other_frame_counts_are_not_the_same() -> None:
    watch = StillWatch()
    assert watch.same_as(clip(100)) is None
    assert watch.same_as(clip(100, 10_000, frames=3)) is None


def test_a_slow_change_adds_up() -> None:
    """A dusk of one shade a window: looked at each time it has come too far from the last look."""
    watch = StillWatch()
    looked_at = [step for step in range(40) if watch.same_as(clip(step, step * 10_000)) is None]
    assert looked_at == list(range(0, 40, int(ALIKE) + 1))
