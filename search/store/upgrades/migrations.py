"""Brings a library made by an older scenelist up to this one's schema, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from search.store import manifest
from search.store.corruption import sentences_table
from search.store.errors import told
from search.store.lance_import import lancedb
from search.store.lock import writing_lock
from search.store.sentence_table import SentenceTable


def _recorded_dates(folder: Path) -> None:
    """Schema 2: videos know when they were recorded; those here already say 0, unknown."""
    with told(folder):
        videos = lancedb().connect(str(folder)).open_table("videos")
        if "recorded_ms" not in videos.schema.names:
            videos.add_columns({"recorded_ms": "CAST(0 AS BIGINT)"})


def _sentences(folder: Path) -> None:
    """Schema 3: what is said has its own table; descriptions are to be embedded without it."""
    known = manifest.read(folder)
    assert known.embedder is not None
    with told(folder):
        database = lancedb().connect(str(folder))
        name = sentences_table(known.segments)
        SentenceTable(database, database, folder, name, known.embedder.dimensions)
        spoken = database.open_table(known.segments).count_rows("transcript <> ''")
    manifest.write(folder, replace(known, mixed=bool(spoken)))


# From a schema to the next. A step may be interrupted and is then taken again.
MIGRATIONS: dict[int, Callable[[Path], None]] = {1: _recorded_dates, 2: _sentences}


def bring_up(folder: Path) -> None:
    """Take every step that a library still lacks; the manifest says after each that it is done.

    Raises:
        LibraryError: another process is writing to it, or it cannot be written.
    """
    with writing_lock(folder):
        known = manifest.read(folder)
        while known.schema < manifest.SCHEMA:
            MIGRATIONS[known.schema](folder)
            known = replace(manifest.read(folder), schema=known.schema + 1)
            manifest.write(folder, known)
