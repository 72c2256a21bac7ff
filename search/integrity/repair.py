"""Repairs a library: saves what can be read, makes anew what can be, marks what must be redone."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from indexer.errors import LibraryError
from indexer.recipe import Recipe
from indexer.speech.speech_ledger import NONE
from search.embedding.embedder import DEFAULT_EMBEDDER, Embedder
from search.embedding.registry import load_embedder
from search.integrity import checksums
from search.integrity.consistency import drop_lost_words, match_videos_to_windows
from search.integrity.salvage import DamagedTables
from search.store import manifest
from search.store.corruption import WORDS, batches, searchable, sentences_table, shown
from search.store.indexes import rebuild
from search.store.lance_import import lancedb
from search.store.lock import writing_lock
from search.store.lost_manifest import adopt, number_of, segments_tables, strays
from search.store.manifest import Manifest
from search.store.rows import FileRow, SegmentRow, SentenceRow, VideoRow, WordsRow, columns_of
from search.store.sentence_table import SENTENCE_WORDS, SentenceTable
from search.store.snapshot import WORD_COLUMNS, quoted
from search.store.stored_paths import to_path
from search.store.table_reader import sample_path
from search.store.tables import Store
from search.store.writing.embedded_text import batched, embedded, searched_text


class Repair:
    """One repair of one library, whose lock is held and whose manifest is known; `told` hears."""

    def __init__(self, folder: Path, segments: str, told: Callable[[str], None]) -> None:
        self.segments = segments
        self._folder = folder
        self._told = told
        self._damaged = DamagedTables(folder)
        self._lost = False
        self._unsaid = False
        self._here: set[str] = set()

    def tables(self, embedder: Callable[[], Embedder], own: Callable[[], Embedder]) -> None:
        """Make damaged or missing tables anew of what can be read of them.

        Segments are embedded anew with `embedder`; where only sentences are, that is with the
        library's `own`.
        """
        files = [FileRow(**row) for row in self._table("files", FileRow)]
        here = {row.fingerprint for row in files if not row.imported and to_path(row.path).exists()}
        self._here = here
        self._table("videos", VideoRow, here)
        self._table(WORDS, WordsRow, here)
        said = self._sentences(here)
        if self._unsaid:  # first, so that an interrupted repair has not forgotten that it must be
            self._hear_anew()
        if not self._damaged.is_sound(self.segments):
            self._lost = True
            rows = [
                SegmentRow(**row)
                for row in self._damaged.saved_rows(self.segments, SegmentRow, here)
            ]
            self._embed_anew(rows, said, embedder())
            self._told(
                f"the table of segments was damaged: {len(rows):,} windows of it were saved and"
                " embedded anew"
            )
        elif self._unsaid:
            self._say_anew(said, own())

    def _sentences(self, here: set[str]) -> list[SentenceRow]:
        """Return the sentences that can be read; `_unsaid` says whether some cannot."""
        name = sentences_table(self.segments)
        self._damaged.take_back(name)
        self._unsaid = not self._damaged.is_sound(name)
        if self._unsaid:
            rows = self._damaged.saved_rows(name, SentenceRow, here)
            self._told(
                f"the table of sentences was damaged: {len(rows):,} of them were saved and"
                " embedded anew"
            )
            return [SentenceRow(**row) for row in rows]
        columns = columns_of(SentenceRow)
        found = batches(self._damaged.open(name))
        return [SentenceRow(**row) for b in found for row in b.select(columns).to_pylist()]

    def _hear_anew(self) -> None:
        """Have what is said in videos that are at hand found anew: some of it was lost."""
        words = self._damaged.open(WORDS)
        rows = words.to_arrow().to_pylist()
        anew = {row["fingerprint"] for row in rows if row["key"] != NONE} & self._here
        if anew:
            words.delete(f"fingerprint IN ({', '.join(map(quoted, sorted(anew)))})")
            self._told(
                f"what is said in {len(anew):,} videos may not be whole: `scenelist index` on them"
                " finds it anew"
            )

    def _say_anew(self, said: Sequence[SentenceRow], embedder: Embedder) -> None:
        """Make the table of sentences anew."""
        with self._damaged.aside(sentences_table(self.segments)):
            database, name = lancedb().connect(str(self._folder)), sentences_table(self.segments)
            dimensions = embedder.identity.dimensions
            into = SentenceTable(database, database, self._folder, name, dimensions)
            _say(said, into, embedder)
            into.tidy()

    def _table(self, name: str, row: type, here: set[str] | None = None) -> list[dict[str, Any]]:
        """Return the rows of a small table, which is made anew where it is damaged."""
        self._damaged.take_back(name)
        if self._damaged.is_sound(name):
            return [r for b in batches(self._damaged.open(name)) for r in b.to_pylist()]
        self._lost = True
        rows = self._damaged.saved_rows(name, row, here)
        with self._damaged.aside(name):
            self._damaged.make(name, row, rows)
        self._told(f"the table of {name} was damaged: {len(rows):,} rows of it were saved")
        return rows

    def _embed_anew(
        self, rows: Sequence[SegmentRow], said: Sequence[SentenceRow], embedder: Embedder
    ) -> None:
        taken = segments_tables(self._folder)
        number = max([number_of(name) for name in taken] or [0]) + 1
        self.segments = f"segments_{number}"
        into = Store(self._folder, embedder.identity.dimensions, self.segments, embedder.identity)
        for some in batched(rows):
            into.add_segments(some, embedded(embedder, [searched_text(row) for row in some]))
        _say(said, into.sentences, embedder)
        into.tidy()

    def indexes(self) -> None:
        """Make the indexes anew where they cannot be searched."""
        tables = {self.segments: WORD_COLUMNS, sentences_table(self.segments): SENTENCE_WORDS}
        for name, words in tables.items():
            bad = any(each.startswith(f"{name}.lance/_indices/") for each in self._damaged.changed)
            if bad or not searchable(self._folder, name):
                rebuild(self._damaged.open(name), words)
                self._told(f"the search index of {shown(name)} was damaged: it was made anew")

    def strays(self) -> None:
        """Drop tables that nothing points to."""
        database = lancedb().connect(str(self._folder))
        for name in strays(self._folder, self.segments):
            shutil.rmtree(self._folder / f"{name}.lance", ignore_errors=True)
            database.drop_table(name, ignore_missing=True)
            sample_path(self._folder, name).unlink(missing_ok=True)
            self._told(f"{name}, a table that nothing points to, was dropped")

    def rows(self, store: Store, recipes: dict[str, Recipe]) -> None:
        """Make the rows of all tables agree with one another."""
        match_videos_to_windows(store, recipes, self._told, lost=self._lost)
        drop_lost_words(store, self._here)


def _say(said: Sequence[SentenceRow], into: SentenceTable, embedder: Embedder) -> None:
    """Embed and keep sentences."""
    for some in batched(said):
        into.add(some, embedded(embedder, [row.text for row in some]))


def repair(
    folder: Path, told: Callable[[str], None], embedder: str | None, *, offline: bool
) -> None:
    """Mend what can be mended of a library; `told` hears what was done.

    Raises:
        LibraryError: another process is writing to it, it cannot be written, or nothing is left.
    """
    with writing_lock(folder):
        known = _manifest(folder, told, embedder, offline=offline)
        mending = Repair(folder, known.segments, told)
        named = known.embedder.name if known.embedder else DEFAULT_EMBEDDER
        fresh: list[Embedder] = []

        def embed() -> Embedder:
            fresh.append(load_embedder(embedder or named, offline=offline))
            return fresh[0]

        mending.tables(embed, lambda: load_embedder(named, offline=offline))
        identity = fresh[0].identity if fresh else known.embedder
        known = replace(known, segments=mending.segments, embedder=identity)
        store = Store(folder, None, known.segments)
        mending.rows(store, known.recipes)
        manifest.write(folder, known)  # now nothing that was lost is called whole any more
        mending.indexes()
        mending.strays()
        store.tidy()
        checksums.forget(folder)
        checksums.keep_up(folder)


def _manifest(
    folder: Path, told: Callable[[str], None], embedder: str | None, *, offline: bool
) -> Manifest:
    """Return what library.json says, else what its copy or the tables do."""
    if manifest.is_written(folder):
        try:
            return manifest.read(folder)
        except LibraryError as error:
            if "newer scenelist" in str(error):
                raise
    known = adopt(folder, embedder, offline=offline)
    told("library.json was lost or damaged: it was written anew from what else is known")
    return known
