"""Changes the tables of a library: files, videos, segments, sentences; keeps them in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from search.ranking import commonness
from search.store.corruption import sentences_table
from search.store.errors import told
from search.store.indexes import KEPT_FOR, keep_up, rebuild
from search.store.rows import (
    FileRow,
    SegmentRow,
    VideoRow,
    as_table,
    as_table_with_vectors,
    vector_column,
)
from search.store.snapshot import quoted
from search.store.table_reader import DESCRIBED, TableReader, sample_path

# After this many commits the small pieces they left are put together and old versions dropped.
COMMITS_BEFORE_TIDYING = 100
# No more segments than this (and a commit) wait outside the indexes, where search has to read
# each of them.
ROWS_BEFORE_TIDYING = 4_000


class Store(TableReader):
    """The tables in one folder. Every change is one commit: all of it or nothing."""

    _commits = 0
    _rows = 0
    _in_bulk = False

    def drop_table(self, name: str) -> None:
        """Remove a table, if it is there."""
        with told(self._folder):
            for each in (name, sentences_table(name)):
                self._database.drop_table(each, ignore_missing=True)
                sample_path(self._folder, each).unlink(missing_ok=True)

    def put_files(self, rows: Sequence[FileRow]) -> None:
        """Add or replace file rows, by path."""
        self._upsert(self._files, "path", as_table(FileRow, rows))

    def put_videos(self, rows: Sequence[VideoRow]) -> None:
        """Add or replace video rows, by fingerprint."""
        self._upsert(self._videos, "fingerprint", as_table(VideoRow, rows))

    def _upsert(self, table: Any, key: str, data: pa.Table) -> None:
        with told(self._folder):
            merge = table.merge_insert(key).when_matched_update_all().when_not_matched_insert_all()
            merge.execute(data)
        self._committed()

    def add_segments(self, rows: Sequence[SegmentRow], vectors: NDArray[np.float32]) -> None:
        """Add segments with their vectors, shape (rows, dimensions), in one commit."""
        with told(self._folder):
            self._segments.add(as_table_with_vectors(SegmentRow, rows, vectors))
        self._rows += len(rows)
        self._committed()

    def rewrite_segments(
        self, rows: Sequence[SegmentRow], vectors: NDArray[np.float32] | None = None
    ) -> None:
        """Give segments that are there their new transcripts, and vectors if any, in one commit.

        They are known by everything else: content, times, recipe and description.
        """
        key = ["fingerprint", "start_ms", "end_ms", "recipe", "text"]
        named = {tuple(getattr(row, name) for name in key): i for i, row in enumerate(rows)}
        once = [rows[i] for i in named.values()]
        columns = [*key, "transcript"]
        data = {name: pa.array([getattr(row, name) for row in once]) for name in columns}
        if vectors is not None:
            data["vector"] = vector_column(vectors[list(named.values())])
        with told(self._folder):
            merge = self._segments.merge_insert(key).when_matched_update_all()
            merge.execute(pa.table(data))
        self._rows += len(once)
        self._committed()

    def replace_segments(self, fingerprint: str, recipe: str) -> None:
        """Make a recipe's staged segments of a video searchable; drop those of all others."""
        mine = f"fingerprint = {quoted(fingerprint)} AND recipe = {quoted(recipe)}"
        # Answers that were kept are no recipe's descriptions: another model replaces none of them.
        replaced = f"recipe <> {quoted(recipe)} AND {DESCRIBED}"
        others = f"fingerprint = {quoted(fingerprint)} AND {replaced}"
        with told(self._folder):
            self._segments.update(where=f"{mine} AND staged = true", values={"staged": False})
            self._segments.delete(others)
        self._committed(2)

    def drop_files(self, paths: Iterable[str]) -> None:
        """Forget paths."""
        self._drop(self._files, "path", paths)

    def drop_videos(self, fingerprints: Sequence[str]) -> None:
        """Forget contents with all their segments."""
        self._drop(self._segments, "fingerprint", fingerprints)
        self.sentences.drop(fingerprints)
        self._drop(self._videos, "fingerprint", fingerprints)

    def _drop(self, table: Any, column: str, values: Iterable[str]) -> None:
        listed = ", ".join(quoted(value) for value in values)
        if listed:
            with told(self._folder):
                table.delete(f"{column} IN ({listed})")
            self._committed()

    @contextmanager
    def in_bulk(self) -> Iterator[None]:
        """Let rows wait outside the indexes, up to a quarter of all, while many are added at once.

        To tidy up is to write much of the table anew: after every few thousand of a million rows
        that come in minutes, it would take hours.
        """
        self._in_bulk = True
        try:
            yield
        finally:
            self._in_bulk = False

    def _committed(self, commits: int = 1) -> None:
        self._commits += commits
        if self._commits < COMMITS_BEFORE_TIDYING and self._rows < ROWS_BEFORE_TIDYING:
            return
        if not self._in_bulk or 4 * self._rows >= self._segments.count_rows():
            self.tidy()

    def rebuild(self) -> None:
        """Make the indexes anew."""
        with told(self._folder):
            rebuild(self._segments)
        self.sentences.rebuild()
        self._seen = None

    def tidy(self) -> None:
        """Put small pieces together and drop what earlier versions left on the disk."""
        self._commits = self._rows = 0
        with told(self._folder):
            for table in (self._files, self._videos):
                table.optimize(cleanup_older_than=KEPT_FOR)
            keep_up(self._segments)
            commonness.refresh(self._segments, sample_path(self._folder, self._name))
        self.sentences.tidy()
        self._seen = None
