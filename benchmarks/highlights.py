"""How well highlights find what happens once: precision and recall on films with planted events.

    python -m benchmarks.highlights [--films 8] [--seed 0]

Each film is drawn: minutes of usual scenes (a few kinds, over and over) with rare ones of other
things planted at random. It is indexed with the toy model as a user would, and asked for as many
seconds of highlights as were planted. A chosen window counts if half of it is a planted scene.
"""

from __future__ import annotations

import argparse
import random
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from commands.highlights import highlights_of
from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.describer import DEFAULT_PROMPT, DescriberOptions, OnDemand, load_describer
from indexer.pipeline.job import Job
from indexer.pipeline.run import run
from indexer.recipe import Recipe
from search import Library
from toy.world.film import film
from toy.world.scenes import BACKGROUNDS, COLOURS, HIDDEN, MOTIONS, SHAPES, Scene

WINDOW_S, SCENES, RARE = 10.0, 30, 4


def scene(rng: random.Random, seed: int, avoid: tuple[str, ...] = ()) -> Scene:
    """Return a random scene of one window's length, in a place not among `avoid`."""
    ground = rng.choice([name for name in BACKGROUNDS if name not in avoid])
    colour = rng.choice([name for name in COLOURS if name not in HIDDEN[ground]])
    motion = rng.choice(MOTIONS)
    shape = rng.choice([s for s in SHAPES if motion != "spin" or s not in {"circle", "ring"}])
    return Scene(ground, colour, shape, motion, WINDOW_S, 4 / 3, seed)


def story(rng: random.Random) -> tuple[list[Scene], set[int]]:
    """Return a film's scenes, and which of them are the planted ones."""
    kinds = [scene(rng, 1), scene(rng, 2)]
    places = tuple(kind.background for kind in kinds)
    planted = set(rng.sample(range(SCENES), RARE))
    scenes = [
        scene(rng, 100 + i, places) if i in planted else rng.choice(kinds) for i in range(SCENES)
    ]
    return scenes, planted


def main() -> None:
    """Draw, index, choose, count; print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    chosen_args = parser.parse_args()
    rng = random.Random(chosen_args.seed)
    options = DescriberOptions("toy")
    recipe = Recipe("toy", "bench", DEFAULT_PROMPT, 8, 10_000, 10_000, 64)
    describer = OnDemand(lambda: load_describer(options))
    hits = picked = planted_total = 0
    print(f"{'film':>4}  {'planted':>7}  {'chosen':>6}  {'right':>5}")
    with TemporaryDirectory() as folder:
        library = Library.open(Path(folder) / "library", create=True, offline=True)
        for number in range(chosen_args.films):
            scenes, planted = story(rng)
            path = Path(folder) / f"film{number}.mp4"
            film(path, scenes, 320, 240)
            job = Job([path], recipe, DecodeWorker, describer)
            with library.writing() as writer, closing(run(job, writer)) as progress:
                for _ in progress:
                    pass
            minutes = RARE * WINDOW_S / 60
            stretches = highlights_of(library, [path], minutes)
            windows = [
                i
                for t in stretches
                for i in range(round(t.start_ms / 10_000), round(t.end_ms / 10_000))
            ]
            right = len(planted & set(windows))
            hits, picked = hits + right, picked + len(windows)
            planted_total += len(planted)
            print(f"{number:>4}  {len(planted):>7}  {len(windows):>6}  {right:>5}")
    print(f"precision {hits / picked:.2f}  recall {hits / planted_total:.2f}")


if __name__ == "__main__":
    main()
