"""The library: the one door through which the command line and programs search and change it.

What a search does without is imported where it is needed: a short command starts sooner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from indexer.describing.answers.wording import WORDING, cleaned
from indexer.errors import RequestError
from indexer.ledger import FileRecord
from indexer.recipe import Recipe
from indexer.scanning.scan import absolute
from indexer.segments import Segment
from indexer.speech.speech_ledger import SUBTITLES, WINDOWS, SpeechMemory
from indexer.speech.transcribing.sentences import Sentence
from indexer.video import Video
from search.catalogue.catalogue import Listed, Passing, list_files
from search.catalogue.hidden_videos import Changes, Hidden
from search.coverage import Stretches, coverage_of, joined
from search.embedding.one_thread import one_thread
from search.embedding.registry import load_embedder
from search.integrity import checksums
from search.open_library import OpenLibrary
from search.query.options import AS_USUAL, SearchOptions
from search.query.parser import Text, parse
from search.ranking.fusion import BEST, Ranking
from search.ranking.moments import Moment
from search.run_query import Asking, here, with_options
from search.saved_searches import SavedSearches
from search.store import manifest
from search.store.lock import being_written, writing_lock
from search.store.manifest import SpeechWishes
from search.store.opening import find_library
from search.store.rows import segment_of
from search.store.stored_paths import to_path
from search.store.writing.writer import Writer

if TYPE_CHECKING:
    from search.exchange.descriptions import Description
    from search.exchange.sentences import Spoken
    from search.integrity.health import Finding
    from search.recipe_choice import Wishes

__all__ = ["Library", "Listed", "Passing"]
# Sentences this near to each other are one stretch: between them nothing new will be said.
_PAUSE_MS = 60_000


class Library(OpenLibrary):
    """A folder of described videos: searched by anyone, changed by one writer at a time."""

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
        find_library(folder, embedder, create=create, offline=offline)
        library = cls(folder, embedder=embedder, offline=offline)
        if embedder is not None:
            library._require(library._embedder)
        return library

    @property
    def saved(self) -> SavedSearches:
        """The questions that are kept with this library by name."""
        return SavedSearches(self.folder)

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
            Path(path), self._manifest, wish, offline=self._offline, announce=announce
        )

    def passing(self, query: str, options: SearchOptions = AS_USUAL) -> Passing:
        """Return how many videos pass a query's filters, and which filters pass none.

        Raises:
            RequestError: the query makes no sense.
        """
        asked = with_options(parse(self.saved.expand(query)), options)
        return self._known().passing(asked.filters, lists=asked.lists)

    def choose(self, named: Sequence[str], *, in_part: bool = True) -> list[Video]:
        """Return the videos that are meant, whether described or not.

        A name is a path, a folder with all in it, the name or part of the name of a file or
        folder, or a pattern; filters of the query language (in:lake after:2024-06) narrow them,
        or choose alone. Without `in_part`, part of a name does only after in:.

        Raises:
            RequestError: nothing is called so; says what may be meant.
        """
        return self._known().choose(named, in_part=in_part)

    def knows(self, name: str) -> bool:
        """Whether a path, a folder or a name is one of the library's."""
        try:
            return bool(self.choose([name], in_part=False))
        except RequestError:
            return False

    def nothing_described(self, videos: Sequence[Video]) -> RequestError:
        """Return what to tell, and to do, where nothing is written down of any of some videos."""
        return self._known().nothing_described(videos)

    def hide(self, roots: Sequence[Path]) -> Changes:
        """Keep what ignore files below some folders name now out of answers, and the rest in them.

        What is hidden stays described, and is found again when no ignore file names it. Only the
        one writer may call this.
        """
        return Hidden(self.folder).follow_ignore_files(self.paths(), roots)

    def paths(self) -> list[Path]:
        """Return the path of every file that the library knows."""
        return [to_path(file.path) for file in self._store.files()]

    def listing(self) -> list[Listed]:
        """Return every file of the library, by path."""
        hidden = Hidden(self.folder)
        return self._steadily(
            lambda: list_files(self._store, self._manifest.recipes, hidden.paths())
        )

    def segments(self, path: str | Path, *, answers: bool = False) -> list[Segment]:
        """Return what the descriptions of the video at `path` say (`wording.cleaned`), by time.

        With `answers`, those that were kept of the video are among them.

        Raises:
            RequestError: the library does not know this file.
        """
        return self.described(self._fingerprint(path), answers=answers)

    def embeddings(self, path: str | Path) -> NDArray[np.float32]:
        """Return the vectors of a video's descriptions: a row of length 1 for each, by time.

        A row is 0 where a description says nothing.

        Raises:
            RequestError: the library does not know this file.
        """
        return self._store.vectors(self._fingerprint(path))

    def embed(self, questions: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of questions, to be compared with `embeddings`."""
        return self._encoder.queries(questions)

    def content(self, fingerprint: str) -> Video:
        """Return the video of a content, at a path where it is, if it is anywhere.

        Raises:
            RequestError: the library does not know this content.
        """
        copies = self._known().copies.get(fingerprint)
        if copies is None:
            raise RequestError(f"The library holds no video {fingerprint!r}: search again.")
        return here(copies)

    def described(self, fingerprint: str, *, answers: bool = False) -> list[Segment]:
        """Return the descriptions of a content as `segments` does; none where there are none."""
        rows = self._store.segments(fingerprint, answers=answers)
        return [segment_of(replace(row, text=cleaned(row.text))) for row in rows]

    def warm_up(self) -> None:
        """Load what answers questions now, so that the first one need not wait for it."""
        self._encoder.queries(["ready"])
        self._known()

    def being_written(self) -> bool:
        """Whether a process is writing to the library at this moment."""
        return being_written(self.folder)

    def video(self, path: str | Path) -> Video:
        """Return what is known of the video at `path`; raises RequestError where nothing is."""
        known = self._known()
        return known.videos[known.file(path).path]

    def _fingerprint(self, path: str | Path) -> str:
        return self._known().file(path).fingerprint

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
            writer = self._writer()
            yield writer
            writer.tidy()
            checksums.keep_up(self.folder)

    def records(self) -> Callable[[Path], FileRecord | None]:
        """Return what says, of a file, what is remembered of it, as things stand now."""
        return self._writer().file

    def memory(self) -> SpeechMemory:
        """Return what says how the words of a file came about, as things stand now."""
        return self._writer()

    def make_default(self, recipe: Recipe, model: str) -> None:
        """Remember what to index with from now on; `model` is as the user named it."""
        if (self._manifest.model, self._manifest.recipe) != (model, recipe.key):
            self._save(self._manifest.knowing(recipe, model))

    def remember_speech(self, wishes: SpeechWishes) -> None:
        """Remember how speech is to be written down from now on."""
        if self._manifest.speech != wishes:
            self._save(replace(self._manifest, speech=wishes))

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
        from search.store.writing.reembedding import embed_anew

        with writing_lock(self.folder):
            self._manifest = known = manifest.read(self.folder)
            if embedder is None and not self.wordy:
                return 0
            offline = self._offline
            fresh = load_embedder(embedder, offline=offline) if embedder else self._embedder
            # A text that is as it was has the vector it had.
            only_cleaned = embedder is None and not known.wording
            made = embed_anew(
                self.folder, self._store, known, fresh, told, only_cleaned=only_cleaned
            )
            self._exchange(made.tables, made.manifest, fresh)
            made.tables.drop_table(known.segments)
            self._asked_embedder = embedder or self._asked_embedder
            checksums.keep_up(self.folder)
            return made.count

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
        from search.store.upgrades.legacy_transcripts import embed_apart

        if not self._manifest.mixed:
            return 0
        with self.writing() as writer:
            done = embed_apart(self._store, writer, self._embedder, told)
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
        rows = self._store.sentences.of(self._fingerprint(path))
        return [Sentence(r.start_ms, r.end_ms, r.text, r.language) for r in rows]

    def heard(self, path: str | Path) -> bool:
        """Whether what is said in the video at `path` was listened out, not read in subtitles.

        Raises:
            RequestError: the library does not know this file.
        """
        fingerprint = self._fingerprint(path)
        words = [row for row in self._store.sentences.words() if row.fingerprint == fingerprint]
        return not any(row.complete and row.key in {SUBTITLES, WINDOWS} for row in words)

    def examine(self) -> list[Finding]:
        """Return how the library is, and what to do about what is odd."""
        from search.integrity.health import examine

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
        from search.integrity.repair import repair

        repair(Path(folder).expanduser().absolute(), told, embedder, offline=offline)

    def export(self) -> Iterator[Description]:
        """Yield every description in its model's own words, with the path of a file of it."""
        from search.exchange.exporting import every_description

        return every_description(self._store, self._by_content(), self._manifest.recipes)

    def export_sentences(self) -> Iterator[Spoken]:
        """Yield every sentence, with the path of a file that holds it."""
        from search.exchange.exporting import every_sentence

        return every_sentence(self._store, self._by_content())

    def _by_content(self) -> dict[str, Video]:
        return {name: here(videos) for name, videos in self._known().copies.items()}

    def take_in(
        self,
        items: Iterable[Description | Spoken],
        told: Callable[[int], None] = lambda done: None,
    ) -> int:
        """Add descriptions and sentences made elsewhere; return how many were new.

        `told` hears every few seconds how many are in. Twice the same is once. What is said in
        windows of which no sentences come is kept as sentences with their windows' times.
        """
        from search.exchange.importing import take_in

        with self.writing() as writer:
            return take_in(items, writer, self._store, told)
