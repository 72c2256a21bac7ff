"""The library: the one door through which the command line and programs search and change it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from indexer.describing.answers.wording import WORDING, cleaned
from indexer.errors import LibraryError, RequestError
from indexer.ledger import FileRecord
from indexer.recipe import Recipe
from indexer.retry_policy import is_no_video
from indexer.scanning.file_names import composed
from indexer.scanning.scan import absolute, ignored
from indexer.segments import Segment
from indexer.speech.speech_ledger import SUBTITLES, WINDOWS, SpeechMemory
from indexer.speech.transcribing.sentences import Sentence
from indexer.video import Video
from indexer.windows import Window
from search.coverage import Stretches, coverage_of, joined
from search.embedding.cross_encoder import load_reranker
from search.embedding.embedder import DEFAULT_EMBEDDER, Embedder, QueryEncoder
from search.embedding.one_thread import one_thread
from search.embedding.registry import load_embedder, load_query_encoder
from search.exchange.descriptions import IMPORTED, Description, identity_of, take_in
from search.exchange.sentences import Spoken, apart, take_in_sentences
from search.exchange.video_facts import About
from search.hidden_videos import Hidden
from search.integrity import checksums
from search.integrity.health import Finding, examine
from search.integrity.repair import repair
from search.query.filters.registry import Filters, each, passing
from search.query.options import AS_USUAL, SearchOptions
from search.query.parser import Text, parse
from search.ranking.fusion import BEST, Ranking
from search.ranking.moments import Moment
from search.ranking.video_names import Names, names_of
from search.rerank import Reranker
from search.run_query import Asking, here, with_options
from search.saved_searches import SavedSearches
from search.store import manifest
from search.store.legacy_transcripts import keep_windows_words
from search.store.lock import being_written, writing_lock
from search.store.lost_manifest import adopt
from search.store.manifest import Manifest, SpeechWishes
from search.store.migrations import bring_up
from search.store.provenance import same_as_ms
from search.store.stored_paths import to_path, to_text
from search.store.tables import FileRow, SegmentRow, Store, VideoRow
from search.store.writer import Writer, embedded, says_less, searched_text
from search.video_selection import choose, nothing_called

if TYPE_CHECKING:
    from search.recipe_choice import Wishes

_EMBED_AT_ONCE = 512
# Sentences this near to each other are one stretch: between them nothing new will be said.
_PAUSE_MS = 60_000
_T = TypeVar("_T")
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of the library: its video, how much of it is described, what went wrong.

    `state` is described, partly described, heard (what is said is written down, nothing is
    described yet), imported, missing, failed, not a video, or hidden by an ignore file; `recipe`
    says how it was described, where that is known.
    """

    video: Video
    state: str
    segments: int
    error: str
    recipe: Recipe | None


@dataclass(frozen=True, slots=True)
class Passing:
    """How many `videos` may be found, and how many of them pass a query's filters.

    `blocking` are filters, as a query writes them, that no video passes by itself; `lists` says
    that the query is nothing but filters.
    """

    passing: int
    videos: int
    blocking: tuple[str, ...]
    lists: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """What a library holds at one version of its tables.

    `files` are by path as the table has it, `copies` are each content's videos and `shown` those
    that may be found; contents of which none may are `hidden`.
    """

    version: tuple[int, ...]
    files: dict[str, FileRow]
    copies: dict[str, list[Video]]
    shown: dict[str, list[Video]]
    hidden: frozenset[str]
    names: Names


def _known_of(
    version: tuple[int, ...],
    files: Sequence[FileRow],
    copies: dict[str, list[Video]],
    hidden: frozenset[Path],
) -> _Known:
    shown = copies
    if hidden:
        seen = {name: [v for v in some if v.path not in hidden] for name, some in copies.items()}
        shown = {name: some for name, some in seen.items() if some}
    names = names_of({name: [v.path for v in some] for name, some in shown.items()})
    by_path = {file.path: file for file in files}
    return _Known(version, by_path, copies, shown, frozenset(copies.keys() - shown.keys()), names)


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
        self._seen: _Known | None = None
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
            known = self._known()
            asking = Asking(
                self._store,
                lambda: self._encoder,
                known.shown,
                ranking,
                self.folder,
                self._reranker,
                known.names,
                known.hidden,
            )
            with one_thread().wanted():
                return asking.ask(query, limit, options)

        return self._steadily(ask)

    def coverage(self) -> dict[str, dict[str, Stretches]]:
        """Return which stretches of the contents that may be found are described, and by what.

        Stretches in which something is said are among them.
        """

        def covered() -> dict[str, dict[str, Stretches]]:
            seen = coverage_of(self._store.spans(), "recipe")
            said = coverage_of(self._store.sentences.spans(), "key", _PAUSE_MS)
            # A recipe's key is a digest: what is said is told from it.
            spoken = {
                name: {f"said {key}": some for key, some in by_key.items()}
                for name, by_key in said.items()
            }
            shown = self._known().shown
            both = joined(seen, spoken)
            return {name: by_key for name, by_key in both.items() if name in shown}

        return self._steadily(covered)

    def words_of_picture(
        self,
        path: str | Path,
        announce: Callable[[str], None] = lambda sentence: None,
        wish: Wishes | None = None,
    ) -> str:
        """Return what the library's model says of a picture; `announce` hears what takes long.

        `wish` says where the servers are, if that model is behind some.

        Raises:
            RequestError: the picture cannot be read.
            ModelError: the model cannot be had.
        """
        from search.picture_query import words_of_picture

        return words_of_picture(
            Path(path),
            self._manifest,
            wish,
            offline=self._offline,
            announce=announce,
        )

    def _reranker(self, name: str) -> Reranker:
        if self._loaded is None or self._loaded[0] != name:
            self._loaded = name, load_reranker(name, offline=self._offline)
        return self._loaded[1]

    def passing(self, query: str, options: SearchOptions = AS_USUAL) -> Passing:
        """Return how many videos pass a query's filters, and which filters pass none.

        Raises:
            RequestError: the query makes no sense.
        """
        asked = with_options(parse(self.saved.expand(query)), options)
        videos = self._known().shown.values()

        def count(some: Filters) -> int:
            passes = passing(some)
            return sum(any(map(passes, copies)) for copies in videos)

        blocking = tuple(written for written, one in each(asked.filters) if not count(one))
        return Passing(count(asked.filters), len(videos), blocking, asked.lists)

    def _copies(self) -> dict[str, list[Video]]:
        """Return each content's videos, one for every path it was seen at, by path."""
        return self._known().copies

    def _known(self) -> _Known:
        """Return what there is and what of it may be found, read again when it has changed."""
        hidden = Hidden(self.folder)
        version = (*self._store.version(), *hidden.mark())
        if self._seen is None or self._seen.version != version:
            rows = {row.fingerprint: row for row in self._store.videos()}
            files = sorted(self._store.files(), key=lambda file: file.path)
            copies: dict[str, list[Video]] = {}
            for file in files:
                if (row := rows.get(file.fingerprint)) is not None:
                    copies.setdefault(file.fingerprint, []).append(_video(file, row))
            self._seen = _known_of(version, files, copies, hidden.paths())
        return self._seen

    def choose(self, named: Sequence[str], *, in_part: bool = True) -> list[Video]:
        """Return the videos that are meant, whether described or not.

        A name is a path, a folder with all in it, the name or part of the name of a file or
        folder, or a pattern; filters of the query language (in:lake after:2024-06) narrow them,
        or choose alone. Without `in_part`, part of a name does only after in:.

        Raises:
            RequestError: nothing is called so; says what may be meant.
        """
        rows = {row.fingerprint: row for row in self._store.videos()}
        files = self._known().files.values()
        videos = [_video(file, rows.get(file.fingerprint, _UNKNOWN)) for file in files]
        return choose(videos, named, in_part=in_part)

    def knows(self, name: str) -> bool:
        """Whether a path, a folder or a name is one of the library's."""
        try:
            return bool(self.choose([name], in_part=False))
        except RequestError:
            return False

    def nothing_described(self, videos: Sequence[Video]) -> RequestError:
        """Return what to tell, and to do, where nothing is written down of any of some videos."""
        if len(videos) != 1:
            return RequestError(
                f"Nothing is described yet of any of these {len(videos)} videos: `scenelist list`"
                " says how each is."
            )
        path, error = videos[0].path, self._known().files[to_text(videos[0].path)].error
        if error:
            return RequestError(
                f"{path} could not be read ({error}): mend it, and run"
                f" `scenelist index --retry {path}`."
            )
        return RequestError(f"Nothing is described of {path} yet: run `scenelist index {path}`.")

    def hide(self, roots: Sequence[Path]) -> list[tuple[Path, int]]:
        """Keep what ignore files below some folders name now out of answers, and the rest in them.

        What is hidden stays described, and is found again when no ignore file names it. Returns
        the ignore files that newly hide something, with how many videos each. Only the one writer
        may call this.
        """
        roots = [absolute(root) for root in roots]
        store = Hidden(self.folder)
        before = store.paths()
        known = self.paths()
        below = [path for path in known if any(path.is_relative_to(root) for root in roots)]
        by = ignored(below, roots)
        after = ((before & set(known)) - set(below)) | by.keys()
        if after != before:
            store.put(after)
        return sorted(Counter(by[path] for path in by.keys() - before).items())

    def paths(self) -> list[Path]:
        """Return the path of every file that the library knows."""
        return [to_path(file.path) for file in self._store.files()]

    def listing(self) -> list[Listed]:
        """Return every file of the library, by path."""
        return self._steadily(self._listing)

    def _listing(self) -> list[Listed]:
        videos = {row.fingerprint: row for row in self._store.videos()}
        counts = self._store.counts()
        worded = {row.fingerprint for row in self._store.sentences.words()}
        hidden = Hidden(self.folder).paths()
        listed = []
        for file in self._store.files():
            row = videos.get(file.fingerprint, _UNKNOWN)
            count = counts.get(file.fingerprint, 0)
            video = _video(file, row)
            recipe = self._manifest.recipes.get(row.recipe)
            heard = not count and file.fingerprint in worded
            state = _state(file, row, video.path, heard=heard)
            state = "hidden" if video.path in hidden else state
            listed.append(Listed(video, state, count, file.error, recipe))
        return sorted(listed, key=lambda item: item.video.path)

    def segments(self, path: str | Path, *, answers: bool = False) -> list[Segment]:
        """Return what the descriptions of the video at `path` say (`wording.cleaned`), by time.

        With `answers`, those that were kept of the video are among them.

        Raises:
            RequestError: the library does not know this file.
        """
        rows = self._store.segments(self._file(path).fingerprint, answers=answers)
        return [_segment(replace(row, text=cleaned(row.text))) for row in rows]

    def embeddings(self, path: str | Path) -> NDArray[np.float32]:
        """Return the vectors of a video's descriptions: a row of length 1 for each, by time.

        A row is 0 where a description says nothing.

        Raises:
            RequestError: the library does not know this file.
        """
        return self._store.vectors(self._file(path).fingerprint)

    def embed(self, questions: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of questions, to be compared with `embeddings`."""
        return self._encoder.queries(questions)

    def content(self, fingerprint: str) -> Video:
        """Return the video of a content, at a path where it is, if it is anywhere.

        Raises:
            RequestError: the library does not know this content.
        """
        copies = self._copies().get(fingerprint)
        if copies is None:
            raise RequestError(f"The library holds no video {fingerprint!r}: search again.")
        return here(copies)

    def described(self, fingerprint: str) -> list[Segment]:
        """Return the descriptions of a content, by time; none where there are none."""
        rows = self._store.segments(fingerprint)
        return [_segment(replace(row, text=cleaned(row.text))) for row in rows]

    def warm_up(self) -> None:
        """Load what answers questions now, so that the first one need not wait for it."""
        self._encoder.queries(["ready"])
        self._copies()

    def being_written(self) -> bool:
        """Whether a process is writing to the library at this moment."""
        return being_written(self.folder)

    def video(self, path: str | Path) -> Video:
        """Return what is known of the video at `path`; raises RequestError where nothing is."""
        file = self._file(path)
        for video in self._copies().get(file.fingerprint, ()):
            if to_text(video.path) == file.path:
                return video
        return _video(file, _UNKNOWN)

    def _file(self, path: str | Path) -> FileRow:
        files = {to_path(name): file for name, file in self._known().files.items()}
        file = files.get(_alike(files, path))
        if file is None:
            raise nothing_called(str(path), [v for some in self._copies().values() for v in some])
        return file

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

    def memory(self) -> SpeechMemory:
        """Return what says how the words of a file came about, as things stand now."""
        return Writer(self._store, lambda: self._embedder, self._learn)

    def _learn(self, recipe: Recipe) -> None:
        if recipe.key not in self._manifest.recipes:
            self._save(self._manifest.knowing(recipe))

    def make_default(self, recipe: Recipe, model: str) -> None:
        """Remember what to index with from now on; `model` is as the user named it."""
        if (self._manifest.model, self._manifest.recipe) != (model, recipe.key):
            self._save(self._manifest.knowing(recipe, model))

    def remember_speech(self, wishes: SpeechWishes) -> None:
        """Remember how speech is to be written down from now on."""
        if self._manifest.speech != wishes:
            self._save(replace(self._manifest, speech=wishes))

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

    @property
    def wordy(self) -> bool:
        """Whether descriptions were embedded before openings and repetitions were left out."""
        return self._manifest.wording < WORDING and bool(self._store.count())

    def reembed(
        self,
        embedder: str | None = None,
        told: Callable[[int, int], None] = lambda done, total: None,
    ) -> int:
        """Embed every description anew with another embedder; return how many were.

        Without one, those are embedded anew with the library's own of which it embedded more than
        they say (`wordy`). Nothing is described again. Searches go on with the old vectors until
        all new ones are there; `told` hears how many are done, of how many.

        Raises:
            ModelError: the embedder cannot be had.
            LibraryError: another process is writing to the library, or it cannot be written.
        """
        with writing_lock(self.folder):
            self._manifest = known = manifest.read(self.folder)
            if embedder is None and not self.wordy:
                return 0
            offline = self._offline
            fresh = load_embedder(embedder, offline=offline) if embedder else self._embedder
            # A text that is as it was has the vector it had.
            as_it_was = embedder is None and not known.wording
            old, number = known.segments, int(known.segments.partition("_")[2] or 1)
            name = f"segments_{number + 1}"
            self._store.drop_table(name)  # what an interrupted run left
            into = Store(self.folder, fresh.identity.dimensions, name, fresh.identity)
            total, done, anew = self._store.count(), 0, 0
            for rows, before in self._store.with_vectors(_EMBED_AT_ONCE):
                other = [
                    i
                    for i, row in enumerate(rows)
                    if not as_it_was or says_less(row) or (known.mixed and row.transcript)
                ]
                made = embedded(fresh, [searched_text(rows[i]) for i in other])
                if as_it_was:
                    before[other] = made
                into.add_segments(rows, before if as_it_was else made)
                done, anew = done + len(rows), anew + len(other)
                told(done, total)
            for said in batched(self._store.sentences.every(), _EMBED_AT_ONCE):
                into.sentences.add(said, embedded(fresh, [row.text for row in said]))
            into.tidy()
            self._save(
                replace(known, embedder=fresh.identity, segments=name, wording=WORDING, mixed=False)
            )
            into.drop_table(old)
            self._tables, self._seen = into, None
            self.__dict__.pop("_encoder", None)
            self._embedder = fresh
            self._asked_embedder = embedder or self._asked_embedder
            checksums.keep_up(self.folder)
            return anew

    @property
    def mixed(self) -> bool:
        """Whether some windows are still embedded together with what is said in them."""
        return self._manifest.mixed

    def embed_apart(self, told: Callable[[int], None] = lambda done: None) -> int:
        """Embed descriptions anew that were embedded together with transcripts; return how many.

        That is once, in a library that an older scenelist made; nothing is described again, and
        searches go on meanwhile. What is said becomes sentences, for the time being with their
        windows' times: `index` finds their own. Interrupted, it begins anew.

        Raises:
            LibraryError: another process is writing to the library, or it cannot be written.
        """
        if not self._manifest.mixed:
            return 0
        with self.writing() as writer:
            done = 0
            spoken = (row for row in self._store.every_segment(staged=None) if row.transcript)
            for rows in batched(list(spoken), _EMBED_AT_ONCE):
                vectors = embedded(self._embedder, [searched_text(row) for row in rows])
                self._store.rewrite_segments(rows, vectors)
                done += len(rows)
                told(done)
            keep_windows_words(self._store, writer)
            self._save(replace(self._manifest, mixed=False))
            return done

    def kept_answers(self) -> int:
        """Return how many answers are kept in the library."""
        return self._store.count_answers()

    def spoken(self) -> dict[str, int]:
        """Return how many sentences are said in each content in which any are."""
        return self._store.sentences.counts()

    def sentences(self, path: str | Path) -> list[Sentence]:
        """Return what is said in the video at `path`, by time.

        Raises:
            RequestError: the library does not know this file.
        """
        rows = self._store.sentences.of(self._file(path).fingerprint)
        return [Sentence(r.start_ms, r.end_ms, r.text, r.language) for r in rows]

    def heard(self, path: str | Path) -> bool:
        """Whether what is said in the video at `path` was listened out, not read in subtitles.

        Raises:
            RequestError: the library does not know this file.
        """
        fingerprint = self._file(path).fingerprint
        words = [row for row in self._store.sentences.words() if row.fingerprint == fingerprint]
        return not any(row.complete and row.key in {SUBTITLES, WINDOWS} for row in words)

    def examine(self) -> list[Finding]:
        """Return how the library is, and what to do about what is odd."""
        return examine(self.folder, self._store, wordy=self.wordy)

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
        """Yield every description in its model's own words, with the path of a file of it."""
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

    def export_sentences(self) -> Iterator[Spoken]:
        """Yield every sentence, with the path of a file that holds it."""
        copies = {name: here(videos) for name, videos in self._copies().items()}
        for row in self._store.sentences.every(staged=False):
            if (video := copies.get(row.fingerprint)) is not None and row.key != WINDOWS:
                said = Sentence(row.start_ms, row.end_ms, row.text, row.language)
                yield Spoken(video.path, video.duration_ms, said)

    def take_in(self, items: Iterable[Description | Spoken]) -> int:
        """Add descriptions and sentences made elsewhere; return how many were new.

        Twice the same is once. What is said in windows of which no sentences come is kept as
        sentences with their windows' times.
        """
        with self.writing() as writer:
            spoken: list[Spoken] = []
            videos: set[Path] = set()
            added = take_in(apart(items, spoken, videos), writer, self._store)
            added += take_in_sentences(spoken, identity_of, writer, self._store)
            keep_windows_words(self._store, writer, frozenset(map(writer.fingerprint, videos)))
            return added


def _alike(paths: Iterable[Path], path: str | Path) -> Path:
    """Return the path among those known that names the same file, if one does; else its own."""
    wanted = absolute(path)
    name = composed(wanted)
    alike = [known for known in paths if composed(known) == name]
    return alike[0] if alike and wanted not in alike else wanted


def batched(rows: Iterable[_Row], size: int) -> Iterator[list[_Row]]:
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


def _state(file: FileRow, row: VideoRow, path: Path, *, heard: bool) -> str:
    if file.error:
        return "not a video" if is_no_video(file.error) else "failed"
    if file.imported:
        return "imported"
    if not path.exists():
        return "missing"
    if heard:
        return "heard"
    return "described" if row.recipe else "partly described"
