"""The one who writes to a library: the indexer's ledger, and whoever imports or forgets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.describing.answers.wording import cleaned
from indexer.ledger import FileRecord
from indexer.recipe import Recipe
from indexer.scanning.file_names import is_within
from indexer.segments import Segment
from indexer.speech.speech_ledger import WordsRecord
from indexer.speech.transcribing.sentences import Sentence
from indexer.speech.transcript import Cue, transcript
from indexer.video import Video
from indexer.windows import Window
from search.embedding.embedder import Embedder
from search.store.provenance import ANSWERED, provenance
from search.store.sentence_table import SentenceRow, WordsRow
from search.store.stored_paths import to_path, to_text
from search.store.tables import FileRow, SegmentRow, Store, VideoRow
from search.text_folding import composed

# Videos whose words are held in memory while they are described.
_HELD = 16
# Texts between two times that an embedding says how far it is: a second or so.
_EMBED_AT_ONCE = 64

# Hears how many are done.
Told = Callable[[int], None]


def _nobody(done: int) -> None:
    """Hear how far something is where nobody wants to know."""


def beyond(told: Told, before: int) -> Told:
    """Return who hears of what comes after so many, and tells of all."""
    return lambda done: told(before + done)


class Writer:
    """Implements the indexer's ledgers (windows, words) on a library's store, and other changes.

    Files and videos are few enough to be held in memory, so asking for one costs nothing; only
    one writer exists at a time (the library's lock), so what is held is what is true.
    """

    def __init__(
        self, store: Store, embedder: Callable[[], Embedder], learn: Callable[[Recipe], None]
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._learn = learn
        self._files: dict[str, FileRow] = {}
        self._paths: dict[str, set[str]] = {}
        for row in store.files():
            self._remember(row)
        self._videos = {row.fingerprint: row for row in store.videos()}
        # What is called complete and has no windows has lost them, and is described anew.
        described = store.counts().keys()
        self._hollow = {name for name in self._videos if name not in described}
        self._kept: dict[tuple[str, str], set[Window]] = {}
        self._replacing: set[str] = set()
        self._words: dict[str, dict[str, WordsRow]] = {}
        for words in store.sentences.words():
            self._words.setdefault(words.fingerprint, {})[words.key] = words
        self._said: dict[str, list[Cue]] = {}

    def file(self, path: Path) -> FileRecord | None:
        """Return what is remembered of the file at `path`."""
        row = self._files.get(to_text(path))
        if row is None or row.imported:
            return None
        recipe = self.complete(row.fingerprint)
        return FileRecord(path, row.fingerprint, row.size_bytes, row.mtime_ns, row.error, recipe)

    def complete(self, fingerprint: str) -> str:
        """Return the recipe key under which this content is completely described, or ''."""
        row = self._videos.get(fingerprint)
        return row.recipe if row and fingerprint not in self._hollow else ""

    def begun_otherwise(self, fingerprint: str, recipe: Recipe) -> bool:
        """Whether any window of this content is described under another recipe."""
        if fingerprint not in self._videos:
            return False
        segments = self._store.segments(fingerprint, staged=None)
        return any(segment.recipe != recipe.key for segment in segments)

    def knows(self, fingerprint: str) -> bool:
        """Whether this content was seen before, wherever."""
        return fingerprint in self._videos

    def learn(self, recipe: Recipe) -> None:
        """Remember a recipe by its key."""
        self._learn(recipe)

    def call_complete(self, fingerprint: str, recipe: str) -> None:
        """Remember that every window of a content is there, described under this recipe."""
        row = replace(self._videos[fingerprint], recipe=recipe)
        self._store.put_videos([row])
        self._videos[fingerprint] = row
        self._hollow.discard(fingerprint)

    def link(self, path: Path, fingerprint: str, size_bytes: int, mtime_ns: int) -> bool:
        """Remember that the file at `path` holds a content that is known already.

        Where that content was seen before but is no more, it has moved here. Returns whether
        that is so.
        """
        self._point(FileRow(to_text(path), fingerprint, size_bytes, mtime_ns, "", False))
        others = self._paths[fingerprint] - {to_text(path)}
        gone = {
            name for name in others if not self._files[name].imported and not to_path(name).exists()
        }
        self._unlist(gone)
        return bool(gone) and gone == others

    def relocate(self, old: Path, new: Path) -> list[Path]:
        """Let what was at `old`, a file or folder, be at `new`; return the new paths."""
        moved = {
            row.path: replace(row, path=to_text(new.joinpath(*path.parts[len(old.parts) :])))
            for row in self._files.values()
            if is_within(path := to_path(row.path), old)
        }
        # First the new, then without the old: stopped between, both are listed, nothing lost.
        rows = list(moved.values())
        if rows:
            self._store.put_files(rows)
        for row in rows:
            self._remember(row)
        self._unlist(set(moved) - {row.path for row in rows})
        return [to_path(row.path) for row in rows]

    def _unlist(self, names: Iterable[str]) -> None:
        """Forget paths, not what was at them."""
        names = list(names)
        if names:
            self._store.drop_files(names)
        for name in names:
            self._paths[self._files.pop(name).fingerprint].discard(name)

    def _remember(self, row: FileRow) -> None:
        """Hold a file row in memory, in place of an older one of its path."""
        before = self._files.get(row.path)
        if before is not None:
            self._paths[before.fingerprint].discard(row.path)
        self._files[row.path] = row
        self._paths.setdefault(row.fingerprint, set()).add(row.path)

    def begin(self, video: Video, recipe: Recipe) -> frozenset[Window]:
        """Remember the video; return the windows already described under this recipe."""
        self._learn(recipe)
        known = self._videos.get(video.fingerprint)
        row = _video_row(video, self.complete(video.fingerprint))
        if row != known:
            self._store.put_videos([row])
            self._videos[row.fingerprint] = row
        self.link(video.path, video.fingerprint, video.size_bytes, video.mtime_ns)
        segments = self._store.segments(video.fingerprint, staged=None)
        mine = {Window(s.start_ms, s.end_ms) for s in segments if s.recipe == recipe.key}
        self._kept[video.fingerprint, recipe.key] = mine
        if any(s.recipe != recipe.key for s in segments):
            self._replacing.add(video.fingerprint)
        return frozenset(mine)

    def put(self, video: Video, recipe: Recipe, segments: Sequence[Segment]) -> None:
        """Keep some described windows; a window put twice is kept once."""
        kept = self._kept.setdefault((video.fingerprint, recipe.key), set())
        new = [segment for segment in segments if segment.window not in kept]
        staged = video.fingerprint in self._replacing
        said = self._cues(video.fingerprint)
        rows = [
            SegmentRow(
                video.fingerprint,
                segment.window.start_ms,
                segment.window.end_ms,
                composed(segment.text),
                composed(segment.transcript or transcript(said, segment.window)),
                recipe.key,
                staged,
                provenance(segment),
            )
            for segment in new
        ]
        self.add(rows)
        kept.update(segment.window for segment in new)

    def subtitle(self, fingerprint: str, said: Callable[[Window], str]) -> int:
        """Let a content's windows have other transcripts; return how many that changed."""
        changed = [
            replace(row, transcript=words)
            for row in self._store.segments(fingerprint, staged=None)
            if (words := said(Window(row.start_ms, row.end_ms))) != row.transcript
        ]
        if changed:
            self._store.rewrite_segments(changed)
        return len(changed)

    def finish(self, video: Video, recipe: Recipe) -> None:
        """Every window is there: drop the descriptions other recipes left of this video."""
        if video.fingerprint in self._replacing:
            self._store.replace_segments(video.fingerprint, recipe.key)
            self._replacing.discard(video.fingerprint)
        row = _video_row(video, recipe.key)
        self._store.put_videos([row])
        self._videos[row.fingerprint] = row
        self._hollow.discard(row.fingerprint)

    def meet(self, video: Video, *, link: bool = True) -> None:
        """Remember what a file holds, and with `link` that it is there, where that is not known.

        That its pictures could not be read stays remembered.
        """
        if video.fingerprint not in self._videos:
            row = _video_row(video, "")
            self._store.put_videos([row])
            self._videos[row.fingerprint] = row
        if not link:
            return
        name, facts = to_text(video.path), (video.size_bytes, video.mtime_ns)
        before = self._files.get(name)
        if before is not None and before.error and (before.size_bytes, before.mtime_ns) == facts:
            self._point(replace(before, fingerprint=video.fingerprint))
        else:
            self.link(video.path, video.fingerprint, *facts)

    def words(self, fingerprint: str) -> WordsRecord | None:
        """Return how the words of a content came about that are searched now."""
        rows = self._words.get(fingerprint, {}).values()
        return next((_record(row) for row in rows if row.complete), None)

    def begin_words(self, fingerprint: str, key: str, *, anew: bool = False) -> WordsRecord:
        """Return how far words under this key have come; what came after that is dropped.

        `anew` drops all of them.
        """
        row = None if anew else self._words.get(fingerprint, {}).get(key)
        record = _record(row) if row is not None else WordsRecord(key, False)
        self._store.sentences.drop_after(fingerprint, key, record.heard_ms)
        return record

    def put_words(self, fingerprint: str, record: WordsRecord, said: Sequence[Sentence]) -> None:
        """Keep some sentences, and how far they reach.

        They wait where words under another key are searched until these are whole.
        """
        others = self.words(fingerprint)
        staged = others is not None and others.key != record.key
        self.add_sentences(
            [
                SentenceRow(
                    fingerprint, s.start_ms, s.end_ms, s.text, s.language, record.key, staged
                )
                for s in said
            ]
        )
        row = _words_row(fingerprint, replace(record, complete=False))
        known = self._words.setdefault(fingerprint, {})
        if (before := known.get(record.key)) is not None:
            row = replace(row, complete=before.complete)
        self._store.sentences.put_words(row)
        known[record.key] = row

    def finish_words(self, fingerprint: str, record: WordsRecord) -> None:
        """All words under the record's key are there: they take the place of all others.

        Windows that are described already get what is said in them.
        """
        self.know_words(fingerprint, record)
        said = self._cues(fingerprint)
        changed = [
            replace(segment, transcript=words)
            for segment in self._store.segments(fingerprint, staged=None)
            if (words := transcript(said, Window(segment.start_ms, segment.end_ms)))
            != segment.transcript
        ]
        if changed:
            self._store.rewrite_segments(changed)

    def know_words(self, fingerprint: str, record: WordsRecord) -> None:
        """Let the sentences under the record's key take the place of all others of a content."""
        row = _words_row(fingerprint, replace(record, complete=True))
        self._store.sentences.replace(fingerprint, row)
        self._words[fingerprint] = {record.key: row}
        self._said.pop(fingerprint, None)

    def _cues(self, fingerprint: str) -> list[Cue]:
        """Return what is said in a content, as far as that is whole."""
        if fingerprint not in self._said:
            whole = self.words(fingerprint) is not None
            rows = self._store.sentences.of(fingerprint) if whole else []
            while len(self._said) >= _HELD:
                del self._said[next(iter(self._said))]
            self._said[fingerprint] = [Cue(r.start_ms, r.end_ms, r.text) for r in rows]
        return self._said[fingerprint]

    def add_sentences(self, rows: Sequence[SentenceRow], told: Told = _nobody) -> None:
        """Embed and keep sentences; `told` hears how many of them are embedded."""
        if rows:
            vectors = embedded(self._embedder(), [row.text for row in rows], told)
            self._store.sentences.add(rows, vectors)

    def fail(
        self, path: Path, fingerprint: str, size_bytes: int, mtime_ns: int, error: str
    ) -> None:
        """Remember that the file at `path` could not be read, and why.

        A file that has not changed since it was read keeps its content: its disk or its network
        failed, and what was written down of it still holds.
        """
        before = self._files.get(to_text(path))
        if not fingerprint and before and before.size_bytes == size_bytes:
            fingerprint = before.fingerprint if before.mtime_ns == mtime_ns else ""
        self._point(FileRow(to_text(path), fingerprint, size_bytes, mtime_ns, error, False))

    def _point(self, row: FileRow) -> None:
        """Let a path stand for a content; a content that no path has any more goes."""
        before = self._files.get(row.path)
        if row == before:
            return
        self._store.put_files([row])
        self._remember(row)
        if before is not None and before.fingerprint != row.fingerprint:
            self._drop_unseen({before.fingerprint})

    def add(self, rows: Sequence[SegmentRow], told: Told = _nobody) -> None:
        """Embed and keep segments; `told` hears how many of them are embedded."""
        if rows:
            texts = [searched_text(row) for row in rows]
            self._store.add_segments(rows, embedded(self._embedder(), texts, told))

    def add_videos(self, files: Sequence[FileRow], videos: Sequence[VideoRow]) -> None:
        """Remember videos that were described elsewhere, where nothing is known of them yet."""
        new_videos = {v.fingerprint: v for v in videos if v.fingerprint not in self._videos}
        new_files = {f.path: f for f in files if f.path not in self._files}
        if new_videos:
            self._store.put_videos(list(new_videos.values()))
            self._videos.update(new_videos)
        if new_files:
            self._store.put_files(list(new_files.values()))
            for row in new_files.values():
                self._remember(row)

    def keep(self, path: Path, window: Window, text: str, extra: str) -> bool:
        """Keep an answer about a stretch of a video, once; return whether it is new.

        `extra` is JSON that says where it comes from.
        """
        fingerprint = self.fingerprint(path)
        row = SegmentRow(
            fingerprint, window.start_ms, window.end_ms, text, "", ANSWERED, False, extra
        )
        known = self._store.segments(fingerprint, answers=True)
        if any((k.start_ms, k.end_ms, k.text) == (row.start_ms, row.end_ms, text) for k in known):
            return False
        self.add([row])
        return True

    def fingerprint(self, path: Path) -> str:
        """Return which content was last seen at a path; '' where none was."""
        row = self._files.get(to_text(path))
        return row.fingerprint if row else ""

    def forget(self, paths: Sequence[Path]) -> list[Path]:
        """Forget files, and folders with all in them; return the paths forgotten."""
        roots = {to_text(path).rstrip("/\\") for path in paths}
        gone = [name for name in self._files if any(part in roots for part in _and_above(name))]
        fingerprints = {self._files[name].fingerprint for name in gone}
        self._unlist(gone)
        self._drop_unseen(fingerprints)
        return [to_path(name) for name in gone]

    def _drop_unseen(self, fingerprints: set[str]) -> None:
        """Forget those of the contents that no path has any more."""
        unseen = {each for each in fingerprints if each and not self._paths.get(each)}
        if unseen:
            self._store.drop_videos(sorted(unseen))
            for fingerprint in unseen:
                self._videos.pop(fingerprint, None)
                self._words.pop(fingerprint, None)
                self._said.pop(fingerprint, None)

    def tidy(self) -> None:
        """Put the store in order after many small changes."""
        self._store.tidy()


def _and_above(name: str) -> Iterator[str]:
    """Yield a path and the folders it lies in, as text; either kind of slash parts them."""
    yield name
    for found in re.finditer(r"[/\\]+", name):
        yield name[: found.start()]


def searched_text(row: SegmentRow) -> str:
    """Return what of a segment is embedded: what its description says; sentences stand apart."""
    return cleaned(row.text)


def says_less(row: SegmentRow) -> bool:
    """Whether a segment says less than its words, or nothing: what was embedded once as it was."""
    return not row.text.strip() or searched_text(row) != row.text


def embedded(embedder: Embedder, texts: Sequence[str], told: Told = _nobody) -> NDArray[np.float32]:
    """Return the vectors of texts, shape (texts, dimensions); that of no text is 0, near nothing.

    Still footage and captions say the same again and again: each text is embedded once. `told`
    hears now and then of how many of the texts the vectors are there.
    """
    vectors = np.zeros((len(texts), embedder.identity.dimensions), np.float32)
    rows: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        if text.strip():
            rows.setdefault(text, []).append(row)
    once, done = iter(rows), len(texts) - sum(map(len, rows.values()))
    while some := list(islice(once, _EMBED_AT_ONCE)):
        for text, vector in zip(some, embedder.documents(some), strict=True):
            vectors[rows[text]] = vector
            done += len(rows[text])
        told(done)
    return vectors


def _record(row: WordsRow) -> WordsRecord:
    return WordsRecord(row.key, row.complete, row.heard_ms, row.beside, row.note, row.voice_ms)


def _words_row(fingerprint: str, record: WordsRecord) -> WordsRow:
    return WordsRow(
        fingerprint,
        record.key,
        record.complete,
        record.heard_ms,
        record.beside,
        record.note,
        record.voice_ms,
    )


def _video_row(video: Video, recipe: str) -> VideoRow:
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
