"""The library: the one door through which the command line and programs search and change it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from threading import RLock
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from indexer.errors import LibraryError, RequestError
from indexer.ledger import FileRecord
from indexer.scanning.scan import absolute
from indexer.segments import Recipe, Segment
from indexer.video import Video
from indexer.windows import Window
from search.about import About
from search.embedding.cross_encoder import load_reranker
from search.embedding.embedder import DEFAULT_EMBEDDER, Embedder, QueryEncoder
from search.embedding.registry import load_embedder, load_query_encoder
from search.exchange import IMPORTED, Description, take_in
from search.integrity import checksums
from search.integrity.health import Finding, examine
from search.integrity.repair import repair
from search.query.options import AS_USUAL, SearchOptions
from search.query.parser import Text
from search.ranking.fusion import BEST, Ranking
from search.ranking.moments import Moment
from search.rerank import Reranker
from search.run_query import Asking, here
from search.saved_searches import SavedSearches
from search.store import manifest
from search.store.adoption import adopt
from search.store.lock import writing_lock
from search.store.manifest import Manifest
from search.store.migrations import bring_up
from search.store.provenance import same_as_ms
from search.store.stored_paths import to_path, to_text
from search.store.tables import FileRow, SegmentRow, Store, VideoRow
from search.store.writer import Writer, searched_text

_EMBED_AT_ONCE = 512
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of the library: its video, how much of it is described, what went wrong.

    `state` is described, partly described, imported, missing or failed; `recipe` says how it was
    described, where that is known.
    """

    video: Video
    state: str
    segments: int
    error: str
    recipe: Recipe | None


class Library:
    """A folder of described videos: searched by anyone, changed by one writer at a time."""

    def __init__(self, folder: Path, *, embedder: str | None, offline: bool) -> None:
        self.folder = folder
        self._manifest = manifest.read(folder)
        if self._manifest.schema < manifest.SCHEMA:
            bring_up(folder)
            self._manifest = manifest.read(folder)
        self._asked_embedder = embedder
        self._offline = offline
        self._mark = manifest.mark(folder)
        self._tables = Store(folder, None, self._manifest.segments)
        self._renewing = RLock()
        self._seen: tuple[tuple[int, int], dict[str, list[Video]]] | None = None
        self._loaded: tuple[str, Reranker] | None = None

    @classmethod
    def open(
        cls,
        folder: str | Path,
        *,
        create: bool = False,
        embedder: str | None = None,
        offline: bool = False,
    ) -> Self:
        """Open the library in `folder`; with `create`, make it where there is none.

        `embedder` names a sentence-transformers model; a library keeps the one it began with.

        Raises:
            LibraryError: there is none, or it is of a newer version or another embedder.
            ModelError: the embedder of a new library cannot be had.
        """
        folder = Path(folder).expanduser().absolute()
        if not manifest.is_written(folder) and manifest.has_tables(folder):
            _adopt(folder, embedder, offline=offline)
        if not manifest.exists(folder):
            if not create:
                raise LibraryError(
                    f"There is no library in {folder} yet: run `scenelist index FOLDER` first."
                )
            _make(folder, load_embedder(embedder or DEFAULT_EMBEDDER, offline=offline))
        library = cls(folder, embedder=embedder, offline=offline)
        if embedder is not None:
            library._require(library._embedder)
        return library

    @property
    def manifest(self) -> Manifest:
        """What the library remembers of itself: embedder, recipes, defaults."""
        return self._manifest

    @property
    def saved(self) -> SavedSearches:
        """The questions that are kept with this library by name."""
        return SavedSearches(self.folder)

    @property
    def _store(self) -> Store:
        """The tables as they are now: another process may have embedded everything anew."""
        self._renew()
        return self._tables

    def _renew(self) -> bool:
        """Read library.json again if it has changed; return whether there are other tables now."""
        with self._renewing:
            if (mark := manifest.mark(self.folder)) == self._mark:
                return False
            before, self._manifest = self._manifest, manifest.read(self.folder)
            self._mark = mark
            embedder_changed = before.embedder != self._manifest.embedder
            if embedder_changed:
                self._asked_embedder = None
                for name in ("_encoder", "_embedder"):
                    self.__dict__.pop(name, None)
            if not embedder_changed and before.segments == self._manifest.segments:
                return False
            self._tables = Store(self.folder, None, self._manifest.segments)
            self._seen = None
            return True

    def _steadily(self, call: Callable[[], _T]) -> _T:
        """Call again what failed because tables were exchanged in the middle of it."""
        try:
            return call()
        except LibraryError:
            if not self._renew():
                raise
            return call()

    @cached_property
    def _embedder(self) -> Embedder:
        recorded = self._manifest.embedder
        assert recorded is not None
        embedder = load_embedder(self._asked_embedder or recorded.name, offline=self._offline)
        self._require(embedder)
        return embedder

    @cached_property
    def _encoder(self) -> QueryEncoder:
        if "_embedder" in self.__dict__:
            return self._embedder
        recorded = self._manifest.embedder
        assert recorded is not None
        return load_query_encoder(recorded, offline=self._offline)

    def _require(self, embedder: Embedder) -> None:
        if embedder.identity != self._manifest.embedder:
            raise LibraryError(
                f"The library in {self.folder} was made with the embedder"
                f" {self._manifest.embedder.name if self._manifest.embedder else '?'}, not"
                f" {embedder.identity.name}: leave --embedder out, or choose another --library."
            )

    def search(
        self,
        query: str,
        limit: int = 10,
        options: SearchOptions = AS_USUAL,
        ranking: Ranking = BEST,
    ) -> list[Moment]:
        """Return the moments that match a query best, best first.

        The query is plain language, and may use the query language of `search.query`, and saved
        searches as @NAME; `options` adds what flags say. `ranking` is for experiments.

        Raises:
            RequestError: the query is empty or makes no sense.
            LibraryError: nothing has been described yet.
            ModelError: the cross-encoder that `options` name cannot be had.
        """
        query = self.saved.expand(query)
        if options.pictures:
            shown = tuple(Text(self.words_of_picture(path)) for path in options.pictures)
            options = replace(options, pictures=(), texts=options.texts + shown)

        def ask() -> list[Moment]:
            asking = Asking(
                self._store,
                lambda: self._encoder,
                self._copies(),
                ranking,
                self.folder,
                self._reranker,
            )
            return asking.ask(query, limit, options)

        return self._steadily(ask)

    def words_of_picture(
        self, path: str | Path, announce: Callable[[str], None] = lambda sentence: None
    ) -> str:
        """Return what the library's model says of a picture; `announce` hears what takes long.

        Raises:
            RequestError: the picture cannot be read.
            ModelError: the model cannot be had.
        """
        from search.pictures import words_of_picture

        return words_of_picture(
            Path(path), self._manifest, offline=self._offline, announce=announce
        )

    def _reranker(self, name: str) -> Reranker:
        if self._loaded is None or self._loaded[0] != name:
            self._loaded = name, load_reranker(name, offline=self._offline)
        return self._loaded[1]

    def _copies(self) -> dict[str, list[Video]]:
        """Return each content's videos, one for every path it was seen at, by path."""
        version = self._store.version()
        if self._seen is None or self._seen[0] != version:
            rows = {row.fingerprint: row for row in self._store.videos()}
            copies: dict[str, list[Video]] = {}
            for file in sorted(self._store.files(), key=lambda file: file.path):
                if (row := rows.get(file.fingerprint)) is not None:
                    copies.setdefault(file.fingerprint, []).append(_video(file, row))
            self._seen = version, copies
        return self._seen[1]

    def paths(self) -> list[Path]:
        """Return the path of every file that the library knows."""
        return [to_path(file.path) for file in self._store.files()]

    def listing(self) -> list[Listed]:
        """Return every file of the library, by path."""
        return self._steadily(self._listing)

    def _listing(self) -> list[Listed]:
        videos = {row.fingerprint: row for row in self._store.videos()}
        counts = self._store.counts()
        listed = []
        for file in self._store.files():
            row = videos.get(file.fingerprint, _UNKNOWN)
            count = counts.get(file.fingerprint, 0)
            video = _video(file, row)
            recipe = self._manifest.recipes.get(row.recipe)
            listed.append(Listed(video, _state(file, row, video.path), count, file.error, recipe))
        return sorted(listed, key=lambda item: item.video.path)

    def segments(self, path: str | Path) -> list[Segment]:
        """Return the descriptions of the video at `path`, by time.

        Raises:
            RequestError: the library does not know this file.
        """
        name = to_text(absolute(path))
        for file in self._store.files():
            if file.path == name:
                return [_segment(row) for row in self._store.segments(file.fingerprint)]
        raise RequestError(f"{path} is not in the library: run `scenelist index` on it first.")

    def embeddings(self, path: str | Path) -> NDArray[np.float32]:
        """Return the vectors of a video's descriptions: a row of length 1 for each, by time.

        Raises:
            RequestError: the library does not know this file.
        """
        return self._store.vectors(self.video(path).fingerprint)

    def embed(self, questions: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of questions, to be compared with `embeddings`."""
        return self._encoder.queries(questions)

    def video(self, path: str | Path) -> Video:
        """Return what is known of the video at `path`; raises RequestError where nothing is."""
        wanted = absolute(path)
        for item in self.listing():
            if item.video.path == wanted:
                return item.video
        raise RequestError(f"{path} is not in the library: run `scenelist index` on it first.")

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Be the library's one writer for a while.

        Raises:
            LibraryError: another process is writing to it, or it cannot be written.
        """
        with writing_lock(self.folder):
            # Another may have written since this library was opened.
            self._renew()
            if not manifest.is_written(self.folder):
                self._save(self._manifest)
            if not self._store.searchable():
                self._store.rebuild()
            writer = Writer(self._store, lambda: self._embedder, self._learn)
            yield writer
            writer.tidy()
            checksums.keep_up(self.folder)

    def records(self) -> Callable[[Path], FileRecord | None]:
        """Return what says, of a file, what is remembered of it, as things stand now."""
        return Writer(self._store, lambda: self._embedder, self._learn).file

    def _learn(self, recipe: Recipe) -> None:
        if recipe.key not in self._manifest.recipes:
            self._save(self._manifest.knowing(recipe))

    def make_default(self, recipe: Recipe, model: str) -> None:
        """Remember what to index with from now on; `model` is as the user named it."""
        if (self._manifest.model, self._manifest.recipe) != (model, recipe.key):
            self._save(self._manifest.knowing(recipe, model))

    def _save(self, changed: Manifest) -> None:
        manifest.write(self.folder, changed)
        self._manifest, self._mark = changed, manifest.mark(self.folder)

    def forget(self, paths: Sequence[Path]) -> list[Path]:
        """Drop files, and folders with all in them, from the library; return what went."""
        with self.writing() as writer:
            return writer.forget([absolute(path) for path in paths])

    def relocate(self, old: Path, new: Path) -> list[Path]:
        """Say that what was at `old`, a file or folder, lies at `new` now; return the new paths.

        A file may be told to lie in a folder, as with `mv`. Nothing is read or described again.
        """
        old, new = absolute(old), absolute(new)
        if new.is_dir() and old in self.paths():
            new /= old.name
        with self.writing() as writer:
            return writer.relocate(old, new)

    def reembed(
        self, embedder: str, told: Callable[[int, int], None] = lambda done, total: None
    ) -> int:
        """Embed every description anew with another embedder; return how many there were.

        Nothing is described again. Searches go on with the old vectors until all new ones are
        there; `told` hears how many are done, of how many.

        Raises:
            ModelError: the embedder cannot be had.
            LibraryError: another process is writing to the library, or it cannot be written.
        """
        with writing_lock(self.folder):
            known = manifest.read(self.folder)
            fresh = load_embedder(embedder, offline=self._offline)
            old, number = known.segments, int(known.segments.partition("_")[2] or 1)
            name = f"segments_{number + 1}"
            self._store.drop_table(name)  # what an interrupted run left
            into = Store(self.folder, fresh.identity.dimensions, name, fresh.identity)
            total, done = self._store.count(), 0
            for rows in batched(self._store.every_segment(staged=None), _EMBED_AT_ONCE):
                into.add_segments(rows, fresh.documents([searched_text(row) for row in rows]))
                done += len(rows)
                told(done, total)
            into.tidy()
            self._save(replace(known, embedder=fresh.identity, segments=name))
            into.drop_table(old)
            self._tables, self._seen = into, None
            self.__dict__.pop("_encoder", None)
            self._asked_embedder, self._embedder = embedder, fresh
            checksums.keep_up(self.folder)
            return done

    def examine(self) -> list[Finding]:
        """Return how the library is, and what to do about what is odd."""
        return examine(self.folder, self._store)

    @classmethod
    def repair(
        cls,
        folder: str | Path,
        told: Callable[[str], None],
        *,
        embedder: str | None = None,
        offline: bool = False,
    ) -> None:
        """Mend what can be mended of the library in `folder`; `told` hears what was done.

        Raises:
            LibraryError: another process is writing to it, it cannot be written, or nothing can
                be saved.
        """
        repair(Path(folder).expanduser().absolute(), told, embedder, offline=offline)

    def export(self) -> Iterator[Description]:
        """Yield every description, with the path of a file that holds it."""
        copies = {name: here(videos) for name, videos in self._copies().items()}
        complete = {row.fingerprint: row.recipe for row in self._store.videos()}
        counts = self._store.counts()
        abouts: dict[tuple[str, str], About] = {}
        for row in self._store.every_segment():
            if (video := copies.get(row.fingerprint)) is None:
                continue
            key = row.fingerprint, row.recipe
            if key not in abouts:
                recipe = self._manifest.recipes.get(row.recipe)
                whole = recipe is not None and complete.get(row.fingerprint) == row.recipe
                windows = counts.get(row.fingerprint, 0) if whole else 0
                abouts[key] = _about(video, recipe, windows)
            extra: dict[str, object] = json.loads(row.extra) if row.extra else {}
            yield Description(video.path, video.duration_ms, _segment(row), extra, abouts[key])

    def take_in(self, descriptions: Iterable[Description]) -> int:
        """Add descriptions made elsewhere; return how many were new. Twice the same is once."""
        with self.writing() as writer:
            return take_in(descriptions, writer, self._store)


def batched(rows: Iterable[SegmentRow], size: int) -> Iterator[list[SegmentRow]]:
    """Yield rows in lists of at most `size`."""
    rows = iter(rows)
    while batch := list(islice(rows, size)):
        yield batch


def _make(folder: Path, embedder: Embedder) -> None:
    """Make an empty library, readable by its owner only."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise LibraryError(
            f"No library can be made in {folder} ({error.strerror}): choose another --library."
        ) from error
    Store(folder, embedder.identity.dimensions, embedder=embedder.identity)
    manifest.write(folder, Manifest(embedder.identity))


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


_UNKNOWN = VideoRow("", 0, 0, 0, 0, 0, "", "")


def _video(file: FileRow, row: VideoRow) -> Video:
    span = Window(row.start_ms, max(row.end_ms, row.start_ms + 1))
    return Video(
        to_path(file.path),
        file.fingerprint,
        file.size_bytes,
        file.mtime_ns,
        row.duration_ms,
        span,
        row.width,
        row.height,
        row.note,
        row.recorded_ms,
    )


def _about(video: Video, recipe: Recipe | None, windows: int) -> About:
    name = video.fingerprint
    return About(
        "" if name.startswith(f"{IMPORTED}:") else name,
        video.size_bytes,
        video.mtime_ns,
        video.recorded_ms,
        video.span,
        video.width,
        video.height,
        video.note,
        recipe,
        windows,
    )


def _segment(row: SegmentRow) -> Segment:
    return Segment(
        Window(row.start_ms, row.end_ms), row.text, row.transcript, same_as_ms(row.extra)
    )


def _state(file: FileRow, row: VideoRow, path: Path) -> str:
    if file.error:
        return "failed"
    if file.imported:
        return "imported"
    if not path.exists():
        return "missing"
    return "described" if row.recipe else "partly described"
