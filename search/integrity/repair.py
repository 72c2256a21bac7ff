"""Repairs a library: saves what can be read, makes anew what can be, marks what must be redone."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from indexer.errors import LibraryError
from indexer.recipe import Recipe
from indexer.speech.speech_ledger import NONE
from indexer.windows import Window, windows_of
from search.embedding.embedder import DEFAULT_EMBEDDER, Embedder
from search.embedding.registry import load_embedder
from search.integrity import checksums
from search.store import manifest
from search.store.corruption import (
    WORDS,
    batches,
    is_failure,
    readable,
    searchable,
    sentences_table,
    shown,
)
from search.store.indexes import rebuild
from search.store.lance_import import lancedb
from search.store.lock import writing_lock
from search.store.lost_manifest import adopt, number_of, segments_tables, strays
from search.store.manifest import Manifest
from search.store.provenance import ANSWERED
from search.store.sentence_table import SENTENCE_WORDS, SentenceRow, SentenceTable, WordsRow
from search.store.snapshot import WORD_COLUMNS, quoted
from search.store.stored_paths import to_path
from search.store.tables import FileRow, SegmentRow, Store, VideoRow, make_table
from search.store.writer import searched_text

_AT_ONCE = 512
_READ_AT_ONCE = 16_384


class Repair:
    """One repair of one library, whose lock is held and whose manifest is known; `told` hears.

    Rows of a file that is not what was written (`checksums`) are kept only where they could not
    be had again from a video that is at hand.
    """

    def __init__(self, folder: Path, segments: str, told: Callable[[str], None]) -> None:
        self.segments = segments
        self._folder = folder
        self._told = told
        self._changed = checksums.changed(folder)
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
        if not self._sound(self.segments):
            self._lost = True
            rows = [SegmentRow(**row) for row in self._saved(self.segments, SegmentRow, here)]
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
        self._take_back(name)
        self._unsaid = not self._sound(name)
        if self._unsaid:
            rows = self._saved(name, SentenceRow, here)
            self._told(
                f"the table of sentences was damaged: {len(rows):,} of them were saved and"
                " embedded anew"
            )
            return [SentenceRow(**row) for row in rows]
        columns = list(SentenceRow.__annotations__)
        found = batches(self._open(name))
        return [SentenceRow(**row) for b in found for row in b.select(columns).to_pylist()]

    def _hear_anew(self) -> None:
        """Have what is said in videos that are at hand found anew: some of it was lost."""
        words = self._open(WORDS)
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
        with self._aside(sentences_table(self.segments)):
            database, name = lancedb().connect(str(self._folder)), sentences_table(self.segments)
            dimensions = embedder.identity.dimensions
            into = SentenceTable(database, database, self._folder, name, dimensions)
            _say(said, into, embedder)
            into.tidy()

    def _table(self, name: str, row: type, here: set[str] | None = None) -> list[dict[str, Any]]:
        """Return the rows of a small table, which is made anew where it is damaged."""
        self._take_back(name)
        if self._sound(name):
            return [r for b in batches(self._open(name)) for r in b.to_pylist()]
        self._lost = True
        rows = self._saved(name, row, here)
        with self._aside(name):
            make_table(self._folder, name, row, rows)
        self._told(f"the table of {name} was damaged: {len(rows):,} rows of it were saved")
        return rows

    def _take_back(self, name: str) -> None:
        """Put back what a repair that was interrupted had taken aside: it may have made half."""
        aside = self._folder / f"{name}.lance.damaged"
        if aside.exists():
            shutil.rmtree(self._folder / f"{name}.lance", ignore_errors=True)
            aside.rename(self._folder / f"{name}.lance")

    @contextmanager
    def _aside(self, name: str) -> Iterator[None]:
        """Take a table aside while it is made anew."""
        place, aside = self._folder / f"{name}.lance", self._folder / f"{name}.lance.damaged"
        if place.exists():
            place.rename(aside)
        yield
        checksums.forget(self._folder, name)
        shutil.rmtree(aside, ignore_errors=True)

    def _exists(self, name: str) -> bool:
        return (self._folder / f"{name}.lance").is_dir()

    def _open(self, name: str) -> Any:
        return lancedb().connect(str(self._folder)).open_table(name)

    def _suspects(self, name: str) -> list[Path]:
        return [
            self._folder / each
            for each in self._changed
            if each.startswith((f"{name}.lance/data/", f"{name}.lance/_deletions/"))
        ]

    def _sound(self, name: str) -> bool:
        """Whether a table can be read, after its newest manifest was put back if need be."""
        if not self._exists(name):
            return False
        manifests = f"{name}.lance/_versions/"
        broken = any(each.startswith(manifests) for each in self._changed)
        if broken or not self._opens(name):
            checksums.restore_manifest(self._folder, name)
        return not self._suspects(name) and readable(self._folder, name)

    def _opens(self, name: str) -> bool:
        try:
            table = self._open(name)
            table.count_rows()
        except BaseException as error:
            if not is_failure(error):
                raise
            return False
        return "fingerprint" in table.schema.names

    def _saved(self, name: str, row: type, here: set[str] | None = None) -> list[dict[str, Any]]:
        """Return the rows that can be read of a table's newest version that can be opened."""
        if not self._exists(name):
            return []
        for newest in checksums.newest_manifests(self._folder, name):
            if self._opens(name):
                break
            newest.rename(newest.with_suffix(".damaged"))
            (newest.parent / "latest_version_hint.json").unlink(missing_ok=True)
        if not self._opens(name):
            return []
        columns = list(row.__annotations__)
        with _away(self._suspects(name)):
            trusted = dict(_every_row(self._open(name), columns))
        doubtful = {}
        if self._suspects(name):
            everything = dict(_every_row(self._open(name), columns))
            doubtful = {
                offset: facts
                for offset, facts in everything.items()
                if offset not in trusted and _is_kept(facts, here)
            }
        return [facts for _, facts in sorted({**trusted, **doubtful}.items())]

    def _embed_anew(
        self, rows: Sequence[SegmentRow], said: Sequence[SentenceRow], embedder: Embedder
    ) -> None:
        taken = segments_tables(self._folder)
        number = max([number_of(name) for name in taken] or [0]) + 1
        self.segments = f"segments_{number}"
        into = Store(self._folder, embedder.identity.dimensions, self.segments, embedder.identity)
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            into.add_segments(some, embedder.documents([searched_text(row) for row in some]))
        _say(said, into.sentences, embedder)
        into.tidy()

    def indexes(self) -> None:
        """Make the indexes anew where they cannot be searched."""
        tables = {self.segments: WORD_COLUMNS, sentences_table(self.segments): SENTENCE_WORDS}
        for name, words in tables.items():
            bad = any(each.startswith(f"{name}.lance/_indices/") for each in self._changed)
            if bad or not searchable(self._folder, name):
                rebuild(self._open(name), words)
                self._told(f"the search index of {shown(name)} was damaged: it was made anew")

    def strays(self) -> None:
        """Drop tables that nothing points to."""
        database = lancedb().connect(str(self._folder))
        for name in strays(self._folder, self.segments):
            shutil.rmtree(self._folder / f"{name}.lance", ignore_errors=True)
            database.drop_table(name, ignore_missing=True)
            (self._folder / f"{name}.sample.npz").unlink(missing_ok=True)
            self._told(f"{name}, a table that nothing points to, was dropped")

    def words(self, store: Store) -> None:
        """Drop what is said in no video; what cannot be found anew is called whole as it is."""
        rows = store.sentences.words()
        contents = {row.fingerprint for row in store.videos()}
        said = [(row.fingerprint, row.key, row.end_ms) for row in store.sentences.every()]
        orphans = sorted({name for name, *_ in said} | {row.fingerprint for row in rows})
        store.sentences.drop([name for name in orphans if name not in contents])
        known = {(row.fingerprint, row.key) for row in rows}
        ends: dict[tuple[str, str], int] = {}
        for name, key, end_ms in said:
            if name in contents - self._here and (name, key) not in known:
                ends[name, key] = max(end_ms, ends.get((name, key), 0))
        for (name, key), end_ms in sorted(ends.items()):
            store.sentences.put_words(WordsRow(name, key, True, end_ms, "", "", 0))

    def rows(self, store: Store, recipes: dict[str, Recipe]) -> None:
        """Drop windows of nothing, and mark videos that are not whole to be described again."""
        windows: dict[str, set[Window]] = {}
        described: dict[str, set[Window]] = {}
        for fingerprint, start_ms, end_ms, recipe, _ in store.windows():
            window = Window(start_ms, max(end_ms, start_ms + 1))
            windows.setdefault(fingerprint, set()).add(window)
            if recipe != ANSWERED:
                described.setdefault(fingerprint, set()).add(window)
        videos = {row.fingerprint: row for row in store.videos()}
        named = {row.fingerprint for row in store.files()}
        orphans = sorted(windows.keys() - videos.keys() - named)
        if orphans:
            count = sum(len(windows[name]) for name in orphans)
            store.drop_videos(orphans)
            self._told(f"{count:,} windows of no video were dropped")
        nameless = sorted((windows.keys() & named) - videos.keys())
        if nameless:
            store.put_videos([_guessed(name, windows[name]) for name in nameless])
            self._told(f"{len(nameless):,} videos are known again by their windows")
        partial = [
            replace(row, recipe="")
            for row in videos.values()
            if row.recipe and not self._whole(row, described.get(row.fingerprint, set()), recipes)
        ]
        if partial:
            store.put_videos(partial)
            self._told(
                f"{len(partial):,} videos lack descriptions: `scenelist index` on them makes those"
            )
        unseen = sum(row.fingerprint not in named for row in videos.values())
        if unseen:
            self._told(
                f"{unseen:,} videos are known by no path: `scenelist index` on their folders finds"
                " them by their content"
            )

    def _whole(self, row: VideoRow, there: set[Window], recipes: dict[str, Recipe]) -> bool:
        """Whether a video that is called complete is; a picture that stood for long may be less."""
        recipe = recipes.get(row.recipe)
        if not there or not self._lost or recipe is None:
            return bool(there)
        span = Window(row.start_ms, max(row.end_ms, row.start_ms + 1))
        return there >= set(windows_of(span, recipe.window_ms, recipe.stride_ms))


def _say(said: Sequence[SentenceRow], into: SentenceTable, embedder: Embedder) -> None:
    """Embed and keep sentences."""
    for start in range(0, len(said), _AT_ONCE):
        some = said[start : start + _AT_ONCE]
        into.add(some, embedder.documents([row.text for row in some]))


def _guessed(fingerprint: str, windows: set[Window]) -> VideoRow:
    start_ms = min(window.start_ms for window in windows)
    end_ms = max(window.end_ms for window in windows)
    return VideoRow(fingerprint, end_ms, start_ms, end_ms, 0, 0, "", "")


def _is_kept(facts: dict[str, Any], here: set[str] | None) -> bool:
    """Whether a row that may be wrong is better than none."""
    if here is None:
        return bool(facts["imported"]) or not to_path(facts["path"]).exists()
    return facts["fingerprint"] not in here


def _every_row(table: Any, columns: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows of a table that can be read, with their offsets."""
    known = [name for name in columns if name in table.schema.names]
    total = int(table.count_rows())
    for first in range(0, total, _READ_AT_ONCE):
        yield from _rows(table, known, first, min(first + _READ_AT_ONCE, total))


def _rows(
    table: Any, columns: list[str], first: int, last: int
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows that can be read, with their offsets: halves of what cannot are tried."""
    if first >= last:
        return
    try:
        found = table.take_offsets(list(range(first, last))).select(columns).to_arrow()
        found.validate(full=True)
        rows = found.to_pylist()
        if len(rows) != last - first or any(None in row.values() for row in rows):
            raise ValueError("rows are missing")
    except BaseException as error:
        if not is_failure(error):
            raise
        if last - first > 1:
            middle = (first + last) // 2
            yield from _rows(table, columns, first, middle)
            yield from _rows(table, columns, middle, last)
        return
    yield from zip(range(first, last), rows, strict=True)


@contextmanager
def _away(paths: Sequence[Path]) -> Iterator[None]:
    """Take files away for a while, so that no row is read from them."""
    moved = [(path, path.with_name(f"{path.name}.suspect")) for path in paths]
    try:
        for path, away in moved:
            path.rename(away)
        yield
    finally:
        for path, away in moved:
            if away.exists():
                away.rename(path)


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
        mending.words(store)
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
