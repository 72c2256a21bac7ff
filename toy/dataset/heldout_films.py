"""Clips the toy has never met: filmed as real h264 and read back as the product reads videos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from indexer.decoding.supervisor import DecodeWorker
from indexer.media.clip import Clip
from indexer.windows import Window
from toy.dataset.frame_rendering import SIDE
from toy.dataset.random_windows import draw_scene
from toy.dataset.visible_labels import Sight, see
from toy.world.film import RATE, film
from toy.world.scenes import Scene

SIZES = ((176, 144), (320, 240), (640, 360), (854, 480))
QUALITIES = (20, 26, 32)
_SCENES = 4


@dataclass(frozen=True, slots=True)
class Look:
    """A window as the product decodes it, and what it shows.

    `size` is the film's (width, height) in pixels, `crf` its quality (more is worse); `cut` says
    that the window was laid across one.
    """

    clip: Clip
    sights: tuple[Sight, ...]
    size: tuple[int, int]
    crf: int
    cut: bool


@dataclass(frozen=True, slots=True)
class HeldOutFilm:
    """A film on disk, its scenes one after the other, and the windows to look at."""

    path: Path
    scenes: tuple[Scene, ...]
    size: tuple[int, int]
    crf: int
    inside: tuple[Window, ...]
    across: tuple[Window, ...]


def make_films(folder: Path, count: int, seed: int, *, new: bool = False) -> list[HeldOutFilm]:
    """Film `count` films in `folder`; all of combinations not met in training where `new`.

    Sizes and qualities take turns. Each scene gets a window within it, each cut one across it.
    As many are filmed at a time as there are cores.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        return list(pool.map(partial(_make_film, folder, seed, new), range(count)))


def _make_film(folder: Path, seed: int, new: bool, number: int) -> HeldOutFilm:
    rng = np.random.default_rng([seed, 3, new, number])
    size = SIZES[number % len(SIZES)]
    crf = QUALITIES[number // len(SIZES) % len(QUALITIES)]
    scenes = _scenes(rng, size, new=new)
    path = folder / f"{'new' if new else 'met'}-{number:03d}.mp4"
    film(path, scenes, *size, crf=crf)
    return HeldOutFilm(path, scenes, size, crf, *_windows(rng, scenes))


def look(films: Sequence[HeldOutFilm], frames: int) -> Iterator[Look]:
    """Read the films' windows with `frames` frames each; leave out what is ambiguous."""
    with DecodeWorker() as worker:
        for known in films:
            worker.probe(known.path)
            windows = sorted([*known.inside, *known.across])
            for clip in worker.clips(windows, frames, SIDE, square=True):
                sights = _sights(known.scenes, clip.times_ms)
                if sights is not None:
                    cut = clip.window in known.across
                    yield Look(clip, sights, known.size, known.crf, cut)


def _scenes(rng: np.random.Generator, size: tuple[int, int], *, new: bool) -> tuple[Scene, ...]:
    scenes: list[Scene] = []
    while len(scenes) < _SCENES:
        length_s = round(rng.uniform(4.5, 13) * RATE) / RATE
        scene = draw_scene(rng, length_s, size[0] / size[1], new=new)
        if not scenes or scene.background != scenes[-1].background:
            scenes.append(scene)
    return tuple(scenes)


def _windows(
    rng: np.random.Generator, scenes: Sequence[Scene]
) -> tuple[tuple[Window, ...], tuple[Window, ...]]:
    ends_ms = np.cumsum([round(1000 * scene.length_s) for scene in scenes]).tolist()
    inside, across = [], []
    for start_ms, end_ms in pairwise([0, *ends_ms]):
        length_ms = int(rng.uniform(4000, min(10_000, end_ms - start_ms)))
        first_ms = start_ms + int(rng.uniform(0, end_ms - start_ms - length_ms))
        inside.append(Window(first_ms, first_ms + length_ms))
    for cut_ms in ends_ms[:-1]:
        length_ms = int(rng.uniform(4000, 10_000))
        first_ms = max(0, cut_ms - int(rng.uniform(0.1, 0.9) * length_ms))
        across.append(Window(first_ms, min(first_ms + length_ms, ends_ms[-1])))
    return tuple(inside), tuple(across)


def _sights(scenes: Sequence[Scene], times_ms: Sequence[int]) -> tuple[Sight, ...] | None:
    """Return what frames at `times_ms` of a film show, or None where that is ambiguous."""
    sights: list[Sight] = []
    start_ms = 0
    for scene in scenes:
        end_ms = start_ms + round(1000 * scene.length_s)
        times_s = [(at - start_ms) / 1000 for at in times_ms if start_ms <= at < end_ms]
        start_ms = end_ms
        if not times_s:
            continue
        sight = see(scene, times_s)
        if sight is None:
            return None
        sights.append(sight)
    return tuple(sights)
