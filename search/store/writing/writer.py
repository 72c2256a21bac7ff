"""The one who writes to a library: the indexer's ledger, and whoever imports or forgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from indexer.ledger import FileRecord
from indexer.recipe import Recipe
from indexer.segments import Segment
from indexer.speech.transcript import transcript
from indexer.video import Video
from indexer.windows import Window
from search.embedding.embedder import Embedder
from search.store.provenance import ANSWERED, provenance
from search.store.rows import SegmentRow, video_row
from search.store.stored_paths import to_text
from search.store.tables import Store
from search.store.writing.embedded_text import Told, embedded, nobody, searched_text
from search.store.writing.words import WordsWriter
from search.text_folding import composed


class Writer(WordsWriter):
    """Implements the indexer's ledger of windows beside that of words; keeps answers, too."""

    def __init__(
        self, store: Store, embedder: Callable[[], Embedder], learn: Callable[[Recipe], None]
    ) -> None:
        super().__init__(store, embedder)
        self.learn = learn  # remembers a recipe by its key
        # What is called complete and has no windows has lost them, and is described anew.
        described = store.counts().keys()
        self._hollow = {name for name in self._videos if name not in described}
        self._kept: dict[tuple[str, str], set[Window]] = {}
        self._replacing: set[str] = set()

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

    def call_complete(self, fingerprint: str, recipe: str) -> None:
        """Remember that every window of a content is there, described under this recipe."""
        self._put_video(replace(self._videos[fingerprint], recipe=recipe))
        self._hollow.discard(fingerprint)

    def begin(self, video: Video, recipe: Recipe) -> frozenset[Window]:
        """Remember the video; return the windows already described under this recipe."""
        self.learn(recipe)
        known = self._videos.get(video.fingerprint)
        row = video_row(video, self.complete(video.fingerprint))
        if row != known:
            self._put_video(row)
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

    def finish(self, video: Video, recipe: Recipe) -> None:
        """Every window is there: drop the descriptions other recipes left of this video."""
        if video.fingerprint in self._replacing:
            self._store.replace_segments(video.fingerprint, recipe.key)
            self._replacing.discard(video.fingerprint)
        self._put_video(video_row(video, recipe.key))
        self._hollow.discard(video.fingerprint)

    def add(self, rows: Sequence[SegmentRow], told: Told = nobody) -> None:
        """Embed and keep segments; `told` hears how many of them are embedded."""
        if rows:
            texts = [searched_text(row) for row in rows]
            self._store.add_segments(rows, embedded(self._embedder(), texts, told))

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

    def tidy(self) -> None:
        """Put the store in order after many small changes."""
        self._store.tidy()
