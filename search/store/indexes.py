"""The indexes of the segments table: words always, vectors and videos once there are many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from math import isqrt
from typing import Any

from search.store.snapshot import WORD_COLUMNS

# How long a replaced version stays, for searches that began before it was.
KEPT_FOR = timedelta(seconds=10)
# Below this many rows reading all vectors is as quick as an index, and exact (docs/search.md).
ROWS_WORTH_AN_INDEX = 20_000
# A library that has grown by this factor gets its vector index made anew, with more cells.
GROWTH = 4
_VECTORS = "vectors_in_"


def keep_up(table: Any, words: Sequence[str] = WORD_COLUMNS) -> None:
    """Compact the table, drop old versions, and bring every row into the indexes."""
    indexed = {column for index in table.list_indices() for column in index.columns}
    for column in words:
        if column not in indexed:
            _index_words(table, column)
    table.optimize(cleanup_older_than=KEPT_FOR)
    rows = table.count_rows()
    if rows >= ROWS_WORTH_AN_INDEX:
        if "fingerprint" not in indexed:
            _index_videos(table)
        if _outgrown(table, rows):
            _index_vectors(table, rows)


def rebuild(table: Any, words: Sequence[str] = WORD_COLUMNS) -> None:
    """Drop all indexes of a table and make them anew, as after damage."""
    for index in list(table.list_indices()):
        table.drop_index(index.name)
    keep_up(table, words)


def _index_videos(table: Any) -> None:
    """Let filters on videos find their rows without reading a name for every row."""
    from lancedb.index import BTree

    table.create_index("fingerprint", config=BTree())


def _index_words(table: Any, column: str) -> None:
    from lancedb.index import FTS

    table.create_index(column, config=FTS(stem=True, remove_stop_words=True, with_position=False))


def _outgrown(table: Any, rows: int) -> bool:
    """Whether there is no vector index, or one made for far fewer rows; its name says how many."""
    cells = [
        int(index.name.removeprefix(_VECTORS))
        for index in table.list_indices()
        if index.name.startswith(_VECTORS)
    ]
    return not cells or _cells(rows) > max(cells) * isqrt(GROWTH)


def _cells(rows: int) -> int:
    return max(1, isqrt(rows))


def _index_vectors(table: Any, rows: int) -> None:
    """Make the index of vectors: cells of near ones, a bit for each dimension (RaBitQ).

    A million rows of 384 dimensions take a minute and a half; product quantisation took four
    times as long and found no more of the nearest.
    """
    from lancedb.index import IvfFlat, IvfRq

    # A bit for each dimension fills whole bytes.
    kind = IvfFlat if table.schema.field("vector").type.list_size % 8 else IvfRq
    older = [index.name for index in table.list_indices() if index.name.startswith(_VECTORS)]
    cells = _cells(rows)
    while True:
        config = kind(distance_type="cosine", num_partitions=cells)
        try:
            table.create_index("vector", config=config, name=f"{_VECTORS}{_cells(rows)}")
            break
        except RuntimeError as error:
            # Still footage says the same thousands of times: so many cells cannot be told apart.
            if "partitions" not in str(error) or cells == 1:
                raise
            cells = max(1, cells // 4)
    for name in older:
        table.drop_index(name)
