"""The library that is asked: held-out films of the drawn world, indexed as a user would."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.describer import DEFAULT_PROMPT, Describer, OnDemand
from indexer.pipeline.job import Job
from indexer.pipeline.run import run
from indexer.recipe import Recipe
from indexer.windows import Window
from search.library import Library
from toy.dataset.heldout_films import HeldOutFilm, make_films
from toy.world.scenes import Scene

# Not the training's, nor its evaluation's.
SEED = 20_270_000
# Every other film is for tuning, the ones between are for the report; all are in the library.
HALVES = ("tune", "report")


@dataclass(frozen=True, slots=True)
class Shown:
    """A scene of a film on disk, and when it is on screen."""

    path: Path
    scene: Scene
    window: Window


@dataclass(frozen=True, slots=True)
class World:
    """A library, the films in it, and which of them are asked about."""

    library: Library
    films: tuple[HeldOutFilm, ...]
    half: str

    @property
    def asked(self) -> tuple[HeldOutFilm, ...]:
        """The films that are asked about."""
        return self.films[HALVES.index(self.half) :: len(HALVES)]

    @property
    def scenes(self) -> tuple[Shown, ...]:
        """Every scene, film by film."""
        return tuple(shown for film in self.films for shown in scenes_of(film))


def scenes_of(film: HeldOutFilm) -> Iterator[Shown]:
    """Yield a film's scenes with their times."""
    lengths = [round(1000 * scene.length_s) for scene in film.scenes]
    borders = [0, *np.cumsum(lengths).tolist()]
    for scene, (start_ms, end_ms) in zip(film.scenes, pairwise(borders), strict=True):
        yield Shown(film.path, scene, Window(start_ms, end_ms))


def make_world(
    folder: Path, half: str, count: int, describer: Describer, model: str = "toy"
) -> World:
    """Film and index `count` films in `folder`, or take those there; `half` is asked about."""
    films = _films(folder / "films", count)
    library = Library.open(folder / f"library-{model}", create=True, offline=True)
    recipe = Recipe(model, "1", DEFAULT_PROMPT, 8, 10_000, 10_000, 64)
    job = Job([film.path for film in films], recipe, DecodeWorker, OnDemand(lambda: describer))
    with library.writing() as writer:
        library.make_default(recipe, model)
        with closing(run(job, writer)) as progress:
            for _ in progress:
                pass
    return World(library, tuple(films), half)


def _films(folder: Path, count: int) -> list[HeldOutFilm]:
    noted = folder / f"{count}.pickle"
    if noted.exists():
        films: list[HeldOutFilm] = pickle.loads(noted.read_bytes())
        return films
    films = make_films(folder, count, SEED)
    noted.write_bytes(pickle.dumps(films))
    return films
