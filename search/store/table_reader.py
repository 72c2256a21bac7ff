"""Opens the tables of a library and reads them; `tables` changes them. LanceDB lives here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from indexer.errors import LibraryError
from search.embedding.embedder import EmbedderIdentity
from search.ranking import commonness
from search.store.corruption import Damage, searchable, sentences_table, whole
from search.store.errors import told
from search.store.lance_import import lancedb
from search.store.lost_manifest import EMBEDDER_KEY, strays
from search.store.provenance import ANSWERED
from search.store.rows import (
    FileRow,
    SegmentRow,
    VideoRow,
    columns_of,
    count_by_content,
    schema_of,
)
from search.store.sentence_table import SentenceTable
from search.store.snapshot import Snapshot, quoted

_SEGMENT_COLUMNS = columns_of(SegmentRow)
# What is a recipe's description, and no answer that was kept.
DESCRIBED = f"recipe <> {quoted(ANSWERED)}"


class TableReader:
    """The tables of files, videos, segments and sentences in one folder, as they are now."""

    def __init__(
        self,
        folder: Path,
        dimensions: int | None,
        segments: str = "segments",
        embedder: EmbedderIdentity | None = None,
    ) -> None:
        """Open the tables; with `dimensions`, make those that are missing.

        `segments` is the name of the table of segments, which a new embedder renews; a new one
        remembers its `embedder`, lest library.json be lost.

        Raises:
            LibraryError: the folder cannot be read or written.
        """
        self._folder = folder
        self._name = segments
        self._seen: Snapshot | None = None
        with told(folder):
            self._database = lancedb().connect(str(folder), read_consistency_interval=timedelta(0))
            self._files = self._table("files", schema_of(FileRow), dimensions)
            self._videos = self._table("videos", schema_of(VideoRow), dimensions)
            schema = schema_of(SegmentRow, dimensions or 1)
            if embedder is not None:
                schema = schema.with_metadata({EMBEDDER_KEY: json.dumps(asdict(embedder))})
            self._segments = self._table(segments, schema, dimensions)
            # Tables opened here stay at the version they were opened at.
            self._still = lancedb().connect(str(folder))
            self.sentences = self._sentence_table(dimensions)

    def _table(self, name: str, schema: pa.Schema, dimensions: int | None) -> Any:
        if dimensions is None:
            try:
                return whole(self._database.open_table(name), self._folder)
            except ValueError as error:
                if (self._folder / f"{name}.lance").is_dir():
                    raise
                missing = Damage(self._folder, name, missing=True)
                raise LibraryError(missing.sentence) from error
        return self._database.create_table(name, schema=schema, exist_ok=True)

    def _sentence_table(self, dimensions: int | None) -> SentenceTable:
        name = sentences_table(self._name)
        return SentenceTable(self._database, self._still, self._folder, name, dimensions)

    def files(self) -> list[FileRow]:
        """Return every file row."""
        with told(self._folder):
            return [FileRow(**row) for row in self._files.to_arrow().to_pylist()]

    def videos(self) -> list[VideoRow]:
        """Return every video row."""
        with told(self._folder):
            return [VideoRow(**row) for row in self._videos.to_arrow().to_pylist()]

    def segments(
        self, fingerprint: str, *, staged: bool | None = False, answers: bool = False
    ) -> list[SegmentRow]:
        """Return a video's descriptions by time: those searched, or with None the staged ones too.

        With `answers` those that were kept are among them.
        """
        where = f"fingerprint = {quoted(fingerprint)}"
        where += "" if staged is None else f" AND staged = {str(staged).lower()}"
        where += "" if answers else f" AND {DESCRIBED}"
        with told(self._folder):
            table = self._segments.search().where(where).select(_SEGMENT_COLUMNS).to_arrow()
        rows = [SegmentRow(**row) for row in table.to_pylist()]
        return sorted(rows, key=lambda row: (row.start_ms, row.end_ms))

    def vectors(self, fingerprint: str) -> NDArray[np.float32]:
        """Return the embeddings of a video's descriptions, in the order of `segments`."""
        where = f"fingerprint = {quoted(fingerprint)} AND staged = false AND {DESCRIBED}"
        columns = ["start_ms", "end_ms", "vector"]
        with told(self._folder):
            table = self._segments.search().where(where).select(columns).to_arrow()
        rows = sorted(table.to_pylist(), key=lambda row: (row["start_ms"], row["end_ms"]))
        return np.array([row["vector"] for row in rows], np.float32)

    def every_segment(self, *, staged: bool | None = False) -> Iterator[SegmentRow]:
        """Yield every searchable segment, or with None also the staged ones, bit by bit."""
        with told(self._folder):
            query = self._segments.search().select(_SEGMENT_COLUMNS)
            if staged is not None:
                query = query.where(f"staged = {str(staged).lower()}")
            for batch in query.to_batches(1024):
                yield from (SegmentRow(**row) for row in batch.to_pylist())

    def with_vectors(self, size: int) -> Iterator[tuple[list[SegmentRow], NDArray[np.float32]]]:
        """Yield every segment, staged ones too, at most `size` at a time, with their vectors."""
        with told(self._folder):
            query = self._segments.search().select([*_SEGMENT_COLUMNS, "vector"])
            for batch in query.to_batches(size):
                table = pa.Table.from_batches([batch])
                rows = [SegmentRow(**row) for row in table.select(_SEGMENT_COLUMNS).to_pylist()]
                yield rows, commonness.vectors_of(table).copy()

    def windows(self) -> Iterator[tuple[str, int, int, str, bool]]:
        """Yield every segment's fingerprint, start, end, recipe and whether it is staged."""
        columns = ["fingerprint", "start_ms", "end_ms", "recipe", "staged"]
        with told(self._folder):
            for batch in self._segments.search().select(columns).to_batches(65_536):
                rows = zip(*(batch[name].to_pylist() for name in columns), strict=True)
                yield from rows

    def untidiness(self) -> tuple[int, int]:
        """Return how many versions are kept, and how many segments no word index holds yet."""
        with told(self._folder):
            versions = sum(
                len(table.list_versions()) for table in (self._files, self._videos, self._segments)
            )
            waiting = [
                stats.num_unindexed_rows
                for index in self._segments.list_indices()
                if (stats := self._segments.index_stats(index.name)) is not None
            ]
        return versions, max(waiting, default=0)

    def count(self) -> int:
        """Return how many searchable segments there are."""
        with told(self._folder):
            return int(self._segments.count_rows("staged = false"))

    def count_answers(self) -> int:
        """Return how many answers are kept."""
        with told(self._folder):
            return int(self._segments.count_rows(f"recipe = {quoted(ANSWERED)}"))

    def counts(self) -> dict[str, int]:
        """Return the number of searchable descriptions of each video, by fingerprint."""
        where = f"staged = false AND {DESCRIBED}"
        with told(self._folder):
            table = self._segments.search().where(where).select(["fingerprint"]).to_arrow()
        return count_by_content(table)

    def spans(self) -> pa.Table:
        """Return fingerprint, start_ms, end_ms and recipe of all searchable descriptions."""
        columns = ["fingerprint", "start_ms", "end_ms", "recipe"]
        with told(self._folder):
            found = self._segments.search().where(f"staged = false AND {DESCRIBED}")
            return found.select(columns).to_arrow()

    def snapshot(self) -> Snapshot:
        """Return the segments as they are now, to be searched."""
        with told(self._folder):
            if self._seen is None or self._seen.version != self._segments.version:
                drawn = commonness.read(sample_path(self._folder, self._name))
                self._seen = Snapshot(
                    whole(self._still.open_table(self._name), self._folder), self._folder, drawn
                )
        return self._seen

    def window_at(
        self, fingerprint: str, at_ms: int
    ) -> tuple[NDArray[np.float32], int, int] | None:
        """Return the vector, start and end of the window of a video that holds a moment."""
        where = _at(fingerprint, at_ms)
        with told(self._folder):
            rows = self._segments.search().where(where).limit(1).to_arrow().to_pylist()
        if not rows:
            return None
        return np.array(rows[0]["vector"], np.float32), rows[0]["start_ms"], rows[0]["end_ms"]

    def text_at(self, fingerprint: str, at_ms: int) -> str:
        """Return the description of the window of a video that holds a moment; '' without one."""
        where = _at(fingerprint, at_ms)
        with told(self._folder):
            found = self._segments.search().where(where).select(["text"]).limit(1).to_arrow()
        return str(found["text"][0]) if found.num_rows else ""

    def version(self) -> tuple[int, int]:
        """Return a mark of what files and videos there are; it changes when they do."""
        with told(self._folder):
            return self._files.version, self._videos.version

    def strays(self) -> list[str]:
        """Return tables that nothing points to; an interrupted reembed leaves some."""
        return strays(self._folder, self._name)

    def searchable(self) -> bool:
        """Whether the indexes can be searched, by trying it."""
        return searchable(self._folder, self._name) and self.sentences.searchable()


def _at(fingerprint: str, at_ms: int) -> str:
    """Return the filter for the window of a video that holds a moment."""
    here = f"start_ms <= {at_ms} AND end_ms > {at_ms}"
    return f"fingerprint = {quoted(fingerprint)} AND staged = false AND {DESCRIBED} AND {here}"


def sample_path(folder: Path, segments: str) -> Path:
    """Return where the sample of what a table's descriptions say everywhere lies."""
    return folder / f"{segments}.sample.npz"
