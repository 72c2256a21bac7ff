"""The one who writes to a library: the indexer's ledger, and whoever imports or forgets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from indexer.ledger import FileRecord
from indexer.segments import Recipe, Segment
from indexer.video import Video
from indexer.windows import Window
from search.embedding.embedder import Embedder
from search.store.provenance import provenance
from search.store.stored_paths import to_path, to_text
from search.store.tables import FileRow, SegmentRow, Store, VideoRow


class Writer:
    """Implements `indexer.ledger.Ledger` on a library's store, and its other changes.

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

    def link(self, path: Path, fingerprint: str, size_bytes: int, mtime_ns: int) -> None:
        """Remember that the file at `path` holds a content that is known already.

        Where that content was seen before but is no more, it has moved here.
        """
        self._point(FileRow(to_text(path), fingerprint, size_bytes, mtime_ns, "", False))
        others = self._paths[fingerprint] - {to_text(path)}
        self._unlist(
            name for name in others if not self._files[name].imported and not to_path(name).exists()
        )

    def relocate(self, old: Path, new: Path) -> list[Path]:
        """Let what was at `old`, a file or folder, be at `new`; return the new paths."""
        moved = {
            row.path: replace(row, path=to_text(new / to_path(row.path).relative_to(old)))
            for row in self._files.values()
            if to_path(row.path).is_relative_to(old)
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
        rows = [
            SegmentRow(
                video.fingerprint,
                segment.window.start_ms,
                segment.window.end_ms,
                segment.text,
                segment.transcript,
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
        row = _video_row(video, recipe.key)
        self._store.put_videos([row])
        self._videos[row.fingerprint] = row
        self._hollow.discard(row.fingerprint)

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

    def add(self, rows: Sequence[SegmentRow]) -> None:
        """Embed and keep segments."""
        if rows:
            texts = [searched_text(row) for row in rows]
            # Still footage and captions say the same again and again: embed each text once.
            once = {text: row for row, text in enumerate(dict.fromkeys(texts))}
            vectors = self._embedder().documents(list(once))
            self._store.add_segments(rows, vectors[[once[text] for text in texts]])

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

    def fingerprint(self, path: Path) -> str:
        """Return which content was last seen at a path; '' where none was."""
        row = self._files.get(to_text(path))
        return row.fingerprint if row else ""

    def forget(self, paths: Sequence[Path]) -> list[Path]:
        """Forget files, and folders with all in them; return the paths forgotten."""
        roots = [to_text(path) for path in paths]
        gone = [
            name
            for name in self._files
            if any(
                name == root or name.startswith(root.rstrip("/\\") + sep)
                for root in roots
                for sep in "/\\"
            )
        ]
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

    def tidy(self) -> None:
        """Put the store in order after many small changes."""
        self._store.tidy()


def searched_text(row: SegmentRow) -> str:
    """Return what of a segment is embedded: its description and what is said in it."""
    return " ".join(filter(None, (row.text, row.transcript)))


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
