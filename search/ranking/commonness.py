"""A sample of what a library says: windows near to much of it are near to any question."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from search.ranking.fusion import Floats

# Rows drawn. With fewer than the lesser number the sample says nothing of a library.
MOST, FEWEST = 2_000, 500
# A library that has grown by this factor gets a new sample.
GROWTH = 2
# Nearness to the sample is that to one in so many of it.
ONE_IN = 200
# Nearer than this is the same text.
_SAME = 0.999


@dataclass(frozen=True, slots=True)
class Sample:
    """Vectors of different texts, shape (n, dimensions), and of which of the videos each is.

    `names` are the videos' fingerprints and `videos` has a number into them for each vector.
    `rows` is how many the table had when this was drawn; `usual` is the mean commonness here.
    """

    vectors: Floats
    names: tuple[str, ...]
    videos: NDArray[np.int64]
    rows: int
    usual: float = 0.0

    def commonness(
        self, vectors: Floats, names: Sequence[str], videos: NDArray[np.int64]
    ) -> Floats:
        """Return how near windows are to what other videos say, 0 being usual; shape (windows,).

        That is their mean cosine to the nearest of the sample, one in 200 of it. `videos` says
        which of `names` each window's video is; a video may well say the same all along.
        """
        numbers = {name: number for number, name in enumerate(self.names)}
        here = np.array([numbers.get(name, -1) for name in names], np.int64)[videos]
        near = vectors @ self.vectors.T
        near[(near > _SAME) | (here[:, None] == self.videos[None, :])] = -1
        nearest = max(1, len(self.vectors) // ONE_IN)
        top = np.partition(near, -nearest, axis=1)[:, -nearest:]
        return np.asarray(top.mean(axis=1) - self.usual, np.float32)


def vectors_of(rows: pa.Table) -> Floats:
    """Return the vectors of a table's rows, shape (rows, dimensions)."""
    column = rows["vector"].combine_chunks()
    flat = column.flatten().to_numpy(zero_copy_only=False)
    return np.asarray(flat.reshape(-1, column.type.list_size), np.float32)


def draw(table: Any, rows: int) -> Sample | None:
    """Draw a sample of a table's `rows`; None where it says too little."""
    chosen = np.random.default_rng(0).permutation(rows)[: 2 * MOST]
    read = table.take_offsets(np.sort(chosen).tolist()).select(["fingerprint", "vector"])
    drawn = read.to_arrow()
    vectors = vectors_of(drawn)
    _, different = np.unique(vectors, axis=0, return_index=True)
    different = np.sort(np.random.default_rng(0).permutation(different)[:MOST])
    if len(different) < FEWEST:
        return None
    coded = drawn["fingerprint"].take(pa.array(different)).combine_chunks().dictionary_encode()
    names, videos = tuple(coded.dictionary.to_pylist()), np.asarray(coded.indices, np.int64)
    sample = Sample(vectors[different], names, videos, rows)
    return replace(sample, usual=float(sample.commonness(sample.vectors, names, videos).mean()))


def refresh(table: Any, path: Path) -> None:
    """Draw a new sample into a file where there is none yet or the table has outgrown it."""
    rows = int(table.count_rows())
    known = read(path)
    if rows < FEWEST or (known is not None and rows < GROWTH * known.rows):
        return
    if (sample := draw(table, rows)) is not None:
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.savez(
                file,
                vectors=sample.vectors.astype(np.float16),
                names=np.array(sample.names),
                videos=sample.videos,
                rows=sample.rows,
                usual=sample.usual,
            )
        part.replace(path)


def read(path: Path) -> Sample | None:
    """Read a sample; None where there is none that can be read."""
    broken = (OSError, EOFError, ValueError, KeyError, BadZipFile)
    with suppress(*broken), np.load(path, allow_pickle=False) as facts:
        vectors = facts["vectors"].astype(np.float32)
        names = tuple(facts["names"].tolist())
        return Sample(vectors, names, facts["videos"], int(facts["rows"]), float(facts["usual"]))
    return None
