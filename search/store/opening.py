"""Finds the library in a folder, or makes it; one that is older or lost its manifest is mended."""

from __future__ import annotations

from pathlib import Path

from indexer.describing.answers.wording import WORDING
from indexer.errors import LibraryError
from search.embedding.embedder import DEFAULT_EMBEDDER, Embedder
from search.embedding.registry import load_embedder
from search.store import manifest
from search.store.lock import writing_lock
from search.store.lost_manifest import adopt
from search.store.manifest import Manifest
from search.store.tables import Store
from search.store.upgrades.migrations import bring_up


def find_library(folder: Path, embedder: str | None, *, create: bool, offline: bool) -> None:
    """See that there is a library in a folder; with `create`, make it where there is none.

    Raises:
        LibraryError: there is none, or nobody knows the embedder of one that lost its manifest.
        ModelError: the embedder of a new library cannot be had.
    """
    if not manifest.is_written(folder) and manifest.has_tables(folder):
        _adopt(folder, embedder, offline=offline)
    if not manifest.exists(folder):
        if not create:
            raise LibraryError(
                f"There is no library in {folder} yet: run `scenelist index FOLDER` first."
            )
        _make(folder, load_embedder(embedder or DEFAULT_EMBEDDER, offline=offline))


def read_up_to_date(folder: Path) -> Manifest:
    """Return a library's manifest, after what an older scenelist made was brought up to date.

    Raises:
        LibraryError: it is damaged, of a newer version, or cannot be written and would have to be.
    """
    known = manifest.read(folder)
    if known.schema == manifest.SCHEMA:
        return known
    bring_up(folder)
    return manifest.read(folder)


def _make(folder: Path, embedder: Embedder) -> None:
    """Make an empty library, readable by its owner only."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise LibraryError(
            f"No library can be made in {folder} ({error.strerror}): choose another --library."
        ) from error
    Store(folder, embedder.identity.dimensions, embedder=embedder.identity)
    manifest.write(folder, Manifest(embedder.identity, wording=WORDING))


def _adopt(folder: Path, embedder: str | None, *, offline: bool) -> None:
    """Write the library.json of a library that has lost it; a copy of it does until then."""
    known = adopt(folder, embedder, offline=offline)
    try:
        with writing_lock(folder):
            if not manifest.is_written(folder):
                manifest.write(folder, known)
    except LibraryError:
        # A reader may go by the copy, as long as there is one.
        if not manifest.copy_path(folder).is_file():
            raise
