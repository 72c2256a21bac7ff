"""Candidates: the windows that may answer, as columns, in order of video and time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from search.ranking.commonness import vectors_of
from search.ranking.fusion import Floats
from search.ranking.moments import Windows


@dataclass(frozen=True, slots=True)
class Candidates:
    """Windows that may answer, a row each; `names` are the fingerprints of their videos.

    `ids` are what the table knows its rows by, `vectors` have shape (rows, dimensions), and
    `keywords` is each row's BM25 score for the words asked, 0 where none of them appears.
    """

    names: tuple[str, ...]
    windows: Windows
    ids: NDArray[np.uint64]
    vectors: Floats
    keywords: Floats

    def only(self, rows: NDArray[np.intp]) -> Candidates:
        """Return some of the candidates, by their rows, which rise."""
        return Candidates(
            self.names,
            self.windows.only(rows),
            self.ids[rows],
            self.vectors[rows],
            self.keywords[rows],
        )


def together(found: Sequence[pa.Table]) -> Candidates:
    """Return each row once, with its vector and the best keyword score it was found with."""
    columns = ["fingerprint", "start_ms", "end_ms", "vector", "_rowid"]
    rows = pa.concat_tables([part.select(columns) for part in found])
    scores = [
        _numbers(part["_score"]) if "_score" in part.column_names else np.zeros(part.num_rows)
        for part in found
    ]
    ids, first, again = np.unique(
        _numbers(rows["_rowid"]).astype(np.uint64), return_index=True, return_inverse=True
    )
    keywords = np.zeros(len(ids), np.float32)
    np.maximum.at(keywords, again, np.concatenate(scores).astype(np.float32))
    rows = rows.select(columns[:3]).take(pa.array(first))
    names = rows["fingerprint"].combine_chunks().dictionary_encode()
    videos = _numbers(names.indices).astype(np.int64)
    starts, ends = (_numbers(rows[name]) for name in ("start_ms", "end_ms"))
    order = np.lexsort((ends, starts, videos))
    windows = Windows(videos[order], starts[order], ends[order])
    vectors = _vectors(found)[first[order]]
    return Candidates(
        tuple(names.dictionary.to_pylist()), windows, ids[order], vectors, keywords[order]
    )


def _vectors(found: Sequence[pa.Table]) -> Floats:
    return np.concatenate([vectors_of(part) for part in found])


def _numbers(column: Any) -> NDArray[Any]:
    return np.asarray(column)
