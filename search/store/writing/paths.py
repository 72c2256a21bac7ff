"""Writes which content lies at which path: seen, moved, unreadable, forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from indexer.scanning.file_names import is_within
from indexer.video import Video
from search.store.rows import FileRow, VideoRow, video_row
from search.store.stored_paths import to_path, to_text
from search.store.tables import Store


class PathWriter:
    """Keeps the tables of files and videos.

    Both are few enough to be held in memory, so asking for one costs nothing; only one writer
    exists at a time (the library's lock), so what is held is what is true.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._files: dict[str, FileRow] = {}
        self._paths: dict[str, set[str]] = {}
        for row in store.files():
            self._remember(row)
        self._videos = {row.fingerprint: row for row in store.videos()}

    def knows(self, fingerprint: str) -> bool:
        """Whether this content was seen before, wherever."""
        return fingerprint in self._videos

    def fingerprint(self, path: Path) -> str:
        """Return which content was last seen at a path; '' where none was."""
        row = self._files.get(to_text(path))
        return row.fingerprint if row else ""

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

    def meet(self, video: Video, *, link: bool = True) -> None:
        """Remember what a file holds, and with `link` that it is there, where that is not known.

        That its pictures could not be read stays remembered.
        """
        if video.fingerprint not in self._videos:
            self._put_video(video_row(video, ""))
        if not link:
            return
        name, facts = to_text(video.path), (video.size_bytes, video.mtime_ns)
        before = self._files.get(name)
        if before is not None and before.error and (before.size_bytes, before.mtime_ns) == facts:
            self._point(replace(before, fingerprint=video.fingerprint))
        else:
            self.link(video.path, video.fingerprint, *facts)

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

    def forget(self, paths: Sequence[Path]) -> list[Path]:
        """Forget files, and folders with all in them; return the paths forgotten."""
        roots = {to_text(path).rstrip("/\\") for path in paths}
        gone = [name for name in self._files if any(part in roots for part in _and_above(name))]
        fingerprints = {self._files[name].fingerprint for name in gone}
        self._unlist(gone)
        self._drop_unseen(fingerprints)
        return [to_path(name) for name in gone]

    def _put_video(self, row: VideoRow) -> None:
        """Write a content's row, and hold it in memory."""
        self._store.put_videos([row])
        self._videos[row.fingerprint] = row

    def _point(self, row: FileRow) -> None:
        """Let a path stand for a content; a content that no path has any more goes."""
        before = self._files.get(row.path)
        if row == before:
            return
        self._store.put_files([row])
        self._remember(row)
        if before is not None and before.fingerprint != row.fingerprint:
            self._drop_unseen({before.fingerprint})

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

    def _drop_unseen(self, fingerprints: set[str]) -> None:
        """Forget those of the contents that no path has any more."""
        unseen = {each for each in fingerprints if each and not self._paths.get(each)}
        if unseen:
            self._store.drop_videos(sorted(unseen))
            for fingerprint in unseen:
                self._let_go(fingerprint)

    def _let_go(self, fingerprint: str) -> None:
        """Hold nothing of a content in memory any more."""
        self._videos.pop(fingerprint, None)


def _and_above(name: str) -> Iterator[str]:
    """Yield a path and the folders it lies in, as text; either kind of slash parts them."""
    yield name
    for found in re.finditer(r"[/\\]+", name):
        yield name[: found.start()]
