"""Finds its way in a library that has lost its library.json: which table, which embedder."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from indexer.errors import LibraryError, ModelError
from search.embedding.embedder import DEFAULT_EMBEDDER, EmbedderIdentity
from search.embedding.registry import load_embedder
from search.store import manifest
from search.store.corruption import SEGMENTS_TABLE, readable, sentences_table
from search.store.lance_import import lancedb
from search.store.manifest import Manifest

EMBEDDER_KEY = b"scenelist.embedder"
_SENTENCES_TABLE = re.compile(sentences_table(SEGMENTS_TABLE.pattern))


def adopt(folder: Path, embedder: str | None, *, offline: bool) -> Manifest:
    """Return the manifest of a library that has none: its fullest table of segments, the newest.

    What a `reembed` that was interrupted left has fewer rows than the one it was made from.

    Raises:
        LibraryError: no table of segments can be read, or nobody knows its embedder.
    """
    known = Manifest()
    if manifest.copy_path(folder).is_file():
        try:
            known = manifest.read_file(manifest.copy_path(folder))
        except LibraryError:
            known = Manifest()
    if known.embedder is not None and readable(folder, known.segments):
        return known
    tables = {name: rows for name in segments_tables(folder) if (rows := _rows(folder, name)) >= 0}
    if not tables:
        if known.embedder is not None:
            return known
        raise LibraryError(
            f"The library in {folder} has lost its library.json and its table of segments: restore"
            " it from a backup, or index into another folder."
        )
    fullest = max(tables, key=lambda name: (tables[name], number_of(name)))
    identity = _identity(folder, fullest, embedder or DEFAULT_EMBEDDER, offline=offline)
    return Manifest(identity, known.recipes, known.model, known.recipe, fullest)


def segments_tables(folder: Path) -> list[str]:
    """Return the names of all tables of segments in a folder."""
    names = (path.name.removesuffix(".lance") for path in folder.glob("segments*.lance"))
    return sorted((name for name in names if SEGMENTS_TABLE.fullmatch(name)), key=number_of)


def strays(folder: Path, segments: str) -> list[str]:
    """Return the tables of segments and of sentences that do not belong to those in use."""
    used = {segments, sentences_table(segments)}
    found = sorted(path.name.removesuffix(".lance") for path in folder.glob("sentences*.lance"))
    said = [name for name in found if _SENTENCES_TABLE.fullmatch(name)]
    return [name for name in (*segments_tables(folder), *said) if name not in used]


def number_of(name: str) -> int:
    """Return which table of segments of its library this is; the first is 1."""
    return int(name.partition("_")[2] or 1)


def _rows(folder: Path, name: str) -> int:
    """Return how many rows a table has; -1 where it cannot be read whole."""
    if not readable(folder, name):
        return -1
    return int(lancedb().connect(str(folder)).open_table(name).count_rows())


def _identity(folder: Path, name: str, guess: str, *, offline: bool) -> EmbedderIdentity:
    """Return the embedder that made a table's vectors: its own word, or a guess that fits."""
    schema: Any = lancedb().connect(str(folder)).open_table(name).schema
    try:
        return EmbedderIdentity(**json.loads((schema.metadata or {})[EMBEDDER_KEY]))
    except (KeyError, ValueError, TypeError):
        pass
    dimensions = int(schema.field("vector").type.list_size)
    try:
        identity = load_embedder(guess, offline=offline).identity
    except ModelError:
        identity = EmbedderIdentity(guess, "", 0)
    if identity.dimensions != dimensions:
        raise LibraryError(
            f"The library in {folder} has lost its library.json, and its vectors are not of"
            f" {guess}: name its embedder (scenelist index FOLDER --embedder NAME)."
        )
    return identity
