"""Measures what names do to retrieval: names that say nothing, and places that only names say.

    python -m benchmarks.names ../shared/captions --videos 400 --questions 400

The captions and questions are those of `benchmarks.retrieval`, of a seeded sample of videos, all
asked with the same questions: as they are; with videos called by three words of another one's
descriptions, which must lose nothing; and with ten videos in each of some folders whose names no
description says, beside the question and alone.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from benchmarks.retrieval import (
    SEED,
    Captions,
    Question,
    build,
    places,
    plain,
    questions,
    read,
    row,
)
from search import Library
from search.ranking.confidence import stems
from search.ranking.fusion import BEST, Ranking
from search.ranking.video_names import names_of

WITHOUT = replace(BEST, names=0)
A_FOLDER = 10


def call(library: Library, paths: Mapping[str, Path]) -> None:
    """Let a library's videos be called otherwise, by the stems of their own names."""
    known = library._known()
    here = {some[0].path.stem: name for name, some in known.copies.items()}
    named = {here[video]: [path] for video, path in paths.items() if video in here}
    library._seen = replace(known, names=names_of(named))


def of_others(captions: Captions) -> dict[str, Path]:
    """Return for each video a name of three words of another's descriptions."""
    chance = random.Random(SEED)
    others = chance.sample(sorted(captions), len(captions))
    paths = {}
    for video, other in zip(sorted(captions), others, strict=True):
        said = sorted(stems(" ".join(captions[other]["sentences"])))
        paths[video] = Path("/videos") / f"{'_'.join(chance.sample(said, min(3, len(said))))}.mp4"
    return paths


def places_of(captions: Captions) -> dict[str, str]:
    """Return for each video the folder it lies in: a word that nobody says."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    numbers = {video: number // A_FOLDER for number, video in enumerate(sorted(captions))}
    return {v: f"zorq{letters[n // 26 % 26]}{letters[n % 26]}wil" for v, n in numbers.items()}


def measure(
    name: str, library: Library, asked: Sequence[Question], ranking: Ranking = BEST
) -> None:
    """Ask, and print a row of the table."""
    began = perf_counter()
    placed = places(library, asked, ranking)
    each_ms = 1000 * (perf_counter() - began) / len(asked)
    print(row(name, placed), f"{each_ms:.0f} ms a question", flush=True)


def main() -> None:
    """Build, ask and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("captions", type=Path, help="folder with both annotators' files")
    parser.add_argument("--library", type=Path, help="where the library is kept between runs")
    parser.add_argument("--videos", type=int, default=400, help="a seeded sample")
    parser.add_argument("--questions", type=int, default=400, help="a seeded sample of theirs")
    parser.add_argument("--embedder")
    arguments = parser.parse_args()
    indexed, asked = read(arguments.captions)
    chance = random.Random(SEED)
    some = chance.sample(sorted(set(indexed) & set(asked)), arguments.videos)
    indexed = {video: indexed[video] for video in some}
    everything = questions(indexed, asked)
    chosen = chance.sample(everything, min(arguments.questions, len(everything)))
    folder = arguments.library or Path(tempfile.gettempdir()) / "scenelist-named-captions"
    library = build(folder, indexed, asked, arguments.embedder)
    print(f"{len(chosen)} questions, {len(indexed)} videos, per cent ± standard error at 10")
    print("| names | V@1 / 5 / 10 | M.3@1 / 5 / 10 | M.5@1 / 5 / 10 |\n|---|---|---|---|")
    measure("do not count", library, chosen, WITHOUT)
    measure("as they are (v_bXdq2zI1Ms0)", library, chosen)
    call(library, of_others(indexed))
    measure("three words of another video", library, chosen)
    folders = places_of(indexed)
    call(library, {video: Path("/videos", folders[video], f"{video}.mp4") for video in folders})
    beside = [replace(q, text=f"{plain(q.text)} {folders[q.video]}") for q in chosen]
    measure("do not count, question and folder", library, beside, WITHOUT)
    measure("question and folder", library, beside)
    measure("folder alone", library, [replace(q, text=folders[q.video]) for q in chosen])


if __name__ == "__main__":
    main()
