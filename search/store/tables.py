"""The tables of a library: files, videos and segments. LanceDB lives here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
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
from search.store.indexes import KEPT_FOR, keep_up, rebuild
from search.store.lance_import import lancedb
from search.store.lost_manifest import EMBEDDER_KEY, strays
from search.store.provenance import ANSWERED
from search.store.sentence_table import SentenceTable
from search.store.snapshot import Snapshot, quoted

# After this many commits the small pieces they left are put together and old versions dropped.
COMMITS_BEFORE_TIDYING = 100
# No more segments than this (and a commit) wait outside the indexes, where search has to read
# each of them.
ROWS_BEFORE_TIDYING = 4_000


@dataclass(frozen=True, slots=True)
class FileRow:
    """A path and the content seen there; `error` says why it could not be read.

    `imported` files were described elsewhere and need not be on this disk.
    """

    path: str
    fingerprint: str
    size_bytes: int
    mtime_ns: int
    error: str
    imported: bool


@dataclass(frozen=True, slots=True)
class VideoRow:
    """A content: its stretch of time, its size, and the recipe under which it is complete."""

    fingerprint: str
    duration_ms: int
    start_ms: int
    end_ms: int
    width: int
    height: int
    note: str
    recipe: str
    recorded_ms: int = 0


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A described window; `staged` ones wait to replace those of an older recipe.

    `extra` is JSON: `same_as`, the start in seconds of the window whose words were taken over, and
    fields that came with an import.
    """

    fingerprint: str
    start_ms: int
    end_ms: int
    text: str
    transcript: str
    recipe: str
    staged: bool
    extra: str


_TYPES = {"str": pa.string(), "int": pa.int64(), "bool": pa.bool_()}


def _schema(row: type, dimensions: int = 0) -> pa.Schema:
    fields = [(name, _TYPES[str(kind)]) for name, kind in row.__annotations__.items()]
    vector = [("vector", pa.list_(pa.float32(), dimensions))] if dimensions else []
    return pa.schema(fields + vector)


_SEGMENT_COLUMNS = list(SegmentRow.__annotations__)
_DESCRIBED = f"recipe <> {quoted(ANSWERED)}"


class Store:
    """The three tables in one folder. Every change is one commit: all of it or nothing."""

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
        self._commits = 0
        self._rows = 0
        self._in_bulk = False
        with told(folder):
            self._database = lancedb().connect(str(folder), read_consistency_interval=timedelta(0))
            self._files = self._table("files", _schema(FileRow), dimensions)
            self._videos = self._table("videos", _schema(VideoRow), dimensions)
            schema = _schema(SegmentRow, dimensions or 1)
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
        where += "" if answers else f" AND {_DESCRIBED}"
        with told(self._folder):
            table = self._segments.search().where(where).select(_SEGMENT_COLUMNS).to_arrow()
        rows = [SegmentRow(**row) for row in table.to_pylist()]
        return sorted(rows, key=lambda row: (row.start_ms, row.end_ms))

    def vectors(self, fingerprint: str) -> NDArray[np.float32]:
        """Return the embeddings of a video's descriptions, in the order of `segments`."""
        where = f"fingerprint = {quoted(fingerprint)} AND staged = false AND {_DESCRIBED}"
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

    def drop_table(self, name: str) -> None:
        """Remove a table, if it is there."""
        with told(self._folder):
            for each in (name, sentences_table(name)):
                self._database.drop_table(each, ignore_missing=True)
                _sample_path(self._folder, each).unlink(missing_ok=True)

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
        where = f"staged = false AND {_DESCRIBED}"
        with told(self._folder):
            table = self._segments.search().where(where).select(["fingerprint"]).to_arrow()
        counted = table.group_by("fingerprint").aggregate([("fingerprint", "count")])
        return dict(zip(*(column.to_pylist() for column in counted.columns), strict=True))

    def spans(self) -> pa.Table:
        """Return fingerprint, start_ms, end_ms and recipe of all searchable descriptions."""
        columns = ["fingerprint", "start_ms", "end_ms", "recipe"]
        with told(self._folder):
            found = self._segments.search().where(f"staged = false AND {_DESCRIBED}")
            return found.select(columns).to_arrow()

    def snapshot(self) -> Snapshot:
        """Return the segments as they are now, to be searched."""
        with told(self._folder):
            if self._seen is None or self._seen.version != self._segments.version:
                drawn = commonness.read(_sample_path(self._folder, self._name))
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

    def put_files(self, rows: Sequence[FileRow]) -> None:
        """Add or replace file rows, by path."""
        self._upsert(self._files, "path", _schema(FileRow), rows)

    def put_videos(self, rows: Sequence[VideoRow]) -> None:
        """Add or replace video rows, by fingerprint."""
        self._upsert(self._videos, "fingerprint", _schema(VideoRow), rows)

    def _upsert(self, table: Any, key: str, schema: pa.Schema, rows: Sequence[Any]) -> None:
        with told(self._folder):
            data = pa.Table.from_pylist([_facts(row) for row in rows], schema=schema)
            merge = table.merge_insert(key).when_matched_update_all().when_not_matched_insert_all()
            merge.execute(data)
        self._committed()

    def add_segments(self, rows: Sequence[SegmentRow], vectors: NDArray[np.float32]) -> None:
        """Add segments with their vectors, shape (rows, dimensions), in one commit."""
        with told(self._folder):
            self._segments.add(_segment_table(rows, vectors))
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
            chosen = np.ascontiguousarray(vectors[list(named.values())], np.float32)
            flat = pa.array(chosen.reshape(-1))
            data["vector"] = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
        with told(self._folder):
            merge = self._segments.merge_insert(key).when_matched_update_all()
            merge.execute(pa.table(data))
        self._rows += len(once)
        self._committed()

    def replace_segments(self, fingerprint: str, recipe: str) -> None:
        """Make a recipe's staged segments of a video searchable; drop those of all others."""
        mine = f"fingerprint = {quoted(fingerprint)} AND recipe = {quoted(recipe)}"
        # Answers that were kept are no recipe's descriptions: another model replaces none of them.
        replaced = f"recipe <> {quoted(recipe)} AND {_DESCRIBED}"
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

    def strays(self) -> list[str]:
        """Return tables that nothing points to; an interrupted reembed leaves some."""
        return strays(self._folder, self._name)

    def searchable(self) -> bool:
        """Whether the indexes can be searched, by trying it."""
        return searchable(self._folder, self._name) and self.sentences.searchable()

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
            commonness.refresh(self._segments, _sample_path(self._folder, self._name))
        self.sentences.tidy()
        self._seen = None


def _at(fingerprint: str, at_ms: int) -> str:
    """Return the filter for the window of a video that holds a moment."""
    here = f"start_ms <= {at_ms} AND end_ms > {at_ms}"
    return f"fingerprint = {quoted(fingerprint)} AND staged = false AND {_DESCRIBED} AND {here}"


def add_column(folder: Path, table: str, name: str, value: str) -> None:
    """Give every row of a table a further column, by an SQL expression; once is enough."""
    with told(folder):
        opened = lancedb().connect(str(folder)).open_table(table)
        if name not in opened.schema.names:
            opened.add_columns({name: value})


def make_table(folder: Path, name: str, row: type, rows: Sequence[dict[str, Any]]) -> None:
    """Make a table of files or videos with these rows; there must be none of that name."""
    schema = _schema(row)
    given = pa.Table.from_pylist([_facts(row(**facts)) for facts in rows], schema=schema)
    with told(folder):
        lancedb().connect(str(folder)).create_table(name, given, schema=schema)


def _segment_table(rows: Sequence[SegmentRow], vectors: NDArray[np.float32]) -> pa.Table:
    schema = _schema(SegmentRow, vectors.shape[1])
    columns = {
        name: pa.array([getattr(row, name) for row in rows], schema.field(name).type)
        for name in _SEGMENT_COLUMNS
    }
    flat = pa.array(np.ascontiguousarray(vectors, np.float32).reshape(-1))
    columns["vector"] = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
    return pa.table(columns, schema=schema)


def add_sentences(folder: Path, segments: str, dimensions: int) -> bool:
    """Make the tables of what is said where there are none; say whether windows have any of it."""
    with told(folder):
        database = lancedb().connect(str(folder))
        SentenceTable(database, database, folder, sentences_table(segments), dimensions)
        return bool(database.open_table(segments).count_rows("transcript <> ''"))


def _facts(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__annotations__}


def _sample_path(folder: Path, segments: str) -> Path:
    return folder / f"{segments}.sample.npz"
