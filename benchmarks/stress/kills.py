"""Kills indexing at random moments, again and again, until the work is done all the same."""

from __future__ import annotations

import random
import shutil
from contextlib import suppress
from pathlib import Path
from subprocess import TimeoutExpired

from benchmarks.stress.command_line import FAKE, exported, run, start
from tests.media import render, steady

# Many short windows: the fake describer is quick, and there must be something left to kill.
_FILMS, _SECONDS = 4, 60
_WINDOWS = ("--window", "1", "--stride", "0.02", "--frames", "2")


def kill_loop(folder: Path, kills: int, seed: int) -> tuple[int, int, int]:
    """Kill `kills` runs with SIGKILL; return (kills, libraries finished, descriptions lost).

    Each library goes on from where the last kill left it until it is whole, and is then compared
    with one that was made undisturbed; lost is what it has too little or too much.
    """
    rng = random.Random(seed)
    films = folder / "films"
    for number in range(_FILMS):
        render(films / f"film {number}.mkv", steady(_SECONDS, 10), file=number + 1)
    command = ("index", films, *FAKE, *_WINDOWS)
    undisturbed = folder / "undisturbed"
    status, _, err = run(undisturbed, *command)
    if status:
        raise RuntimeError(err)
    expected = exported(undisturbed)
    done = finished = lost = 0
    library = folder / "killed"
    while done < kills:
        process = start(library, *command)
        with suppress(TimeoutExpired):
            process.communicate(timeout=rng.uniform(0.3, 6.0))
        if process.poll() is None:
            process.kill()
            process.communicate()
            done += 1
            continue
        lost += _difference(library, expected)
        finished += 1
        shutil.rmtree(library)
    run(library, *command)
    lost += _difference(library, expected)
    return done, finished + 1, lost


def _difference(library: Path, expected: list[str]) -> int:
    got = exported(library)
    return len(set(expected) ^ set(got)) + abs(len(got) - len(set(got)))
