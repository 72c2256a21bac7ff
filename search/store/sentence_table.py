"""The tables of what is said: sentences with their times, and how each video's came about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from search.ranking import commonness
from search.store.corruption import WORDS, searchable, whole
from search.store.errors import told
from search.store.indexes import KEPT_FOR, keep_up, rebuild
from search.store.rows import (
    SentenceRow,
    WordsRow,
    as_table,
    as_table_with_vectors,
    columns_of,
    count_by_content,
    schema_of,
)
from search.store.snapshot import Snapshot, quoted

SENTENCE_WORDS = ("text",)
# After so many commits or rows the small pieces they left are put together and indexed.
_COMMITS, _ROWS = 100, 4_000


_COLUMNS = columns_of(SentenceRow)


class SentenceTable:
    """The sentences of a library and their vectors; every change is one commit."""

    def __init__(
        self, database: Any, still: Any, folder: Path, name: str, dimensions: int | None
    ) -> None:
        """Open the tables; with `dimensions`, make those that are missing.

        `still` is a connection whose tables stay at the version they were opened at.
        """
        self._database = database
        self._still = still
        self._folder = folder
        self._name = name
        self._seen: Snapshot | None = None
        self._commits = self._rows = 0
        self._sentences: Any
        self._words: Any
        if dimensions is None:
            self._sentences = whole(database.open_table(name), folder)
            self._words = whole(database.open_table(WORDS), folder)
            return
        schema = schema_of(SentenceRow, dimensions)
        self._sentences = database.create_table(name, schema=schema, exist_ok=True)
        self._words = database.create_table(WORDS, schema=schema_of(WordsRow), exist_ok=True)

    def words(self) -> list[WordsRow]:
        """Return how all words came about."""
        with told(self._folder):
            return [WordsRow(**row) for row in self._words.to_arrow().to_pylist()]

    def of(self, fingerprint: str, *, staged: bool | None = False) -> list[SentenceRow]:
        """Return a content's sentences by time: those searched, with None the staged ones too."""
        where = f"fingerprint = {quoted(fingerprint)}"
        where += "" if staged is None else f" AND staged = {str(staged).lower()}"
        with told(self._folder):
            table = self._sentences.search().where(where).select(_COLUMNS).to_arrow()
        rows = [SentenceRow(**row) for row in table.to_pylist()]
        return sorted(rows, key=lambda row: (row.start_ms, row.end_ms))

    def every(self, *, staged: bool | None = None) -> Iterator[SentenceRow]:
        """Yield every sentence, or those that are staged or not, bit by bit."""
        with told(self._folder):
            query = self._sentences.search().select(_COLUMNS)
            if staged is not None:
                query = query.where(f"staged = {str(staged).lower()}")
            for batch in query.to_batches(1024):
                yield from (SentenceRow(**row) for row in batch.to_pylist())

    def count(self) -> int:
        """Return how many sentences are searched."""
        with told(self._folder):
            return int(self._sentences.count_rows("staged = false"))

    def counts(self) -> dict[str, int]:
        """Return the number of sentences that are searched of each content."""
        with told(self._folder):
            query = self._sentences.search().where("staged = false").select(["fingerprint"])
            table = query.to_arrow()
        return count_by_content(table)

    def spans(self) -> pa.Table:
        """Return fingerprint, start_ms, end_ms and key of all sentences that are searched."""
        columns = ["fingerprint", "start_ms", "end_ms", "key"]
        with told(self._folder):
            found = self._sentences.search().where("staged = false")
            return found.select(columns).to_arrow()

    def snapshot(self) -> Snapshot:
        """Return the sentences as they are now, to be searched."""
        with told(self._folder):
            if self._seen is None or self._seen.version != self._sentences.version:
                drawn = commonness.read(self.sample_path)
                table = self._still.open_table(self._name)
                self._seen = Snapshot(table, self._folder, drawn, SENTENCE_WORDS)
        return self._seen

    @property
    def sample_path(self) -> Path:
        """Where the sample of what is said everywhere lies."""
        return self._folder / f"{self._name}.sample.npz"

    def add(self, rows: Sequence[SentenceRow], vectors: NDArray[np.float32]) -> None:
        """Add sentences with their vectors, shape (rows, dimensions), in one commit."""
        if not rows:
            return
        with told(self._folder):
            self._sentences.add(as_table_with_vectors(SentenceRow, rows, vectors))
        self._rows += len(rows)

    def put_words(self, row: WordsRow) -> None:
        """Add or replace how the words of a content under a key came about."""
        with told(self._folder):
            merge = self._words.merge_insert(["fingerprint", "key"])
            merge = merge.when_matched_update_all().when_not_matched_insert_all()
            merge.execute(as_table(WordsRow, [row]))
        self._commits += 2
        if self._commits > _COMMITS or self._rows > _ROWS:
            self.tidy()

    def searchable(self) -> bool:
        """Whether the indexes can be searched, by trying it."""
        return searchable(self._folder, self._name)

    def rebuild(self) -> None:
        """Make the indexes anew."""
        with told(self._folder):
            rebuild(self._sentences, SENTENCE_WORDS)
        self._seen = None

    def drop_after(self, fingerprint: str, key: str, from_ms: int) -> None:
        """Drop the sentences of a content under a key that begin at `from_ms` or later."""
        mine = f"fingerprint = {quoted(fingerprint)} AND key = {quoted(key)}"
        with told(self._folder):
            if self._sentences.count_rows(f"{mine} AND start_ms >= {from_ms}"):
                self._sentences.delete(f"{mine} AND start_ms >= {from_ms}")

    def replace(self, fingerprint: str, row: WordsRow) -> None:
        """Make the sentences under a key those of a content; drop all others of it."""
        name, key = quoted(fingerprint), quoted(row.key)
        mine, others = (f"fingerprint = {name} AND key {sign} {key}" for sign in ("=", "<>"))
        with told(self._folder):
            if self._sentences.count_rows(f"{mine} AND staged = true"):
                self._sentences.update(where=f"{mine} AND staged = true", values={"staged": False})
            if self._sentences.count_rows(others):
                self._sentences.delete(others)
            self.put_words(row)
            if self._words.count_rows(others):
                self._words.delete(others)

    def drop(self, fingerprints: Sequence[str]) -> None:
        """Forget what is said in contents."""
        listed = ", ".join(map(quoted, fingerprints))
        with told(self._folder):
            for table in (self._sentences, self._words):
                if listed and table.count_rows(f"fingerprint IN ({listed})"):
                    table.delete(f"fingerprint IN ({listed})")

    def tidy(self) -> None:
        """Put small pieces together, bring every row into the indexes, drop old versions."""
        self._commits = self._rows = 0
        with told(self._folder):
            self._words.optimize(cleanup_older_than=KEPT_FOR)
            if not self._sentences.count_rows():
                self._sentences.optimize(cleanup_older_than=KEPT_FOR)
                return
            keep_up(self._sentences, SENTENCE_WORDS)
            commonness.refresh(self._sentences, self.sample_path)
        self._seen = None
