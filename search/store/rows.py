"""The rows of a library's tables, and how Arrow holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from indexer.segments import Segment
from indexer.video import Video
from indexer.windows import Window
from search.store.provenance import same_as_ms
from search.store.stored_paths import to_path


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


@dataclass(frozen=True, slots=True)
class SentenceRow:
    """A sentence that is said; `staged` ones wait to replace those of another key.

    `key` says where the words come from: `subtitles`, `windows`, or the key of a speech recipe.
    """

    fingerprint: str
    start_ms: int
    end_ms: int
    text: str
    language: str
    key: str
    staged: bool


@dataclass(frozen=True, slots=True)
class WordsRow:
    """How the words of a content under a key came about; see `indexer.speech.speech_ledger`."""

    fingerprint: str
    key: str
    complete: bool
    heard_ms: int
    beside: str
    note: str
    voice_ms: int


# What is put for a content of which no video could be read.
NO_VIDEO = VideoRow("", 0, 0, 0, 0, 0, "", "")
_TYPES = {"str": pa.string(), "int": pa.int64(), "bool": pa.bool_()}


def video_row(video: Video, recipe: str) -> VideoRow:
    """Return the row of a video that is complete under a recipe; '' while it is under none."""
    return VideoRow(
        video.fingerprint,
        video.duration_ms,
        video.span.start_ms,
        video.span.end_ms,
        video.width,
        video.height,
        video.note,
        recipe,
        video.recorded_ms,
    )


def video_at(file: FileRow, row: VideoRow) -> Video:
    """Return the video that is at a path, from what is known of its content."""
    return Video(
        to_path(file.path),
        file.fingerprint,
        file.size_bytes,
        file.mtime_ns,
        row.duration_ms,
        Window(row.start_ms, max(row.end_ms, row.start_ms + 1)),
        row.width,
        row.height,
        row.note,
        row.recorded_ms,
    )


def segment_of(row: SegmentRow) -> Segment:
    """Return the described window that a row holds."""
    window = Window(row.start_ms, row.end_ms)
    return Segment(window, row.text, row.transcript, same_as_ms(row.extra))


def columns_of(row: type) -> list[str]:
    """Return the names of a row's columns, in their order; a vector is none of them."""
    return list(row.__annotations__)


def schema_of(row: type, dimensions: int = 0) -> pa.Schema:
    """Return the schema of a table of such rows; with `dimensions`, each has a vector, too."""
    fields = [(name, _TYPES[str(kind)]) for name, kind in row.__annotations__.items()]
    vector = [("vector", pa.list_(pa.float32(), dimensions))] if dimensions else []
    return pa.schema(fields + vector)


def facts_of(row: Any) -> dict[str, Any]:
    """Return a row's values by their columns."""
    return {name: getattr(row, name) for name in row.__annotations__}


def as_table(row: type, rows: Sequence[Any]) -> pa.Table:
    """Return rows of one kind as an Arrow table."""
    return pa.Table.from_pylist([facts_of(each) for each in rows], schema=schema_of(row))


def as_table_with_vectors(row: type, rows: Sequence[Any], vectors: NDArray[np.float32]) -> pa.Table:
    """Return rows of one kind with their vectors, shape (rows, dimensions), as an Arrow table."""
    schema = schema_of(row, vectors.shape[1])
    columns = {
        name: pa.array([getattr(each, name) for each in rows], schema.field(name).type)
        for name in columns_of(row)
    }
    columns["vector"] = vector_column(vectors)
    return pa.table(columns, schema=schema)


def vector_column(vectors: NDArray[np.float32]) -> pa.Array:
    """Return vectors, shape (rows, dimensions), as a column."""
    flat = pa.array(np.ascontiguousarray(vectors, np.float32).reshape(-1))
    return pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])


def count_by_content(table: pa.Table) -> dict[str, int]:
    """Return how many rows each fingerprint has in a table."""
    counted = table.group_by("fingerprint").aggregate([("fingerprint", "count")])
    return dict(zip(*(column.to_pylist() for column in counted.columns), strict=True))
