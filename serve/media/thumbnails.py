"""Pictures of videos: made in decoding processes, kept on disk by content and time, bounded."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from tempfile import NamedTemporaryFile
from threading import Lock, Thread

from indexer.decoding.supervisor import DecodeWorker
from indexer.errors import VideoError
from indexer.media.jpeg import thumbnail_jpeg
from indexer.video import Video

EDGES = (256, 480, 960)
_PATIENCE_S = 20.0
_MOST_BYTES = 500_000_000
# So many new pictures are added between two looks at how much room they take.
_LOOK_EVERY = 500


class Thumbnails:
    """Makes and keeps pictures; at most `at_once` are made at a time, each in its own process."""

    def __init__(self, folder: Path, at_once: int = 2, most_bytes: int = _MOST_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._workers: SimpleQueue[DecodeWorker] = SimpleQueue()
        self._all = [DecodeWorker(_PATIENCE_S) for _ in range(at_once)]
        for worker in self._all:
            self._workers.put(worker)
        self._lock = Lock()
        self._added = 0

    def kept(self, name: str, at_ms: int, edge: int) -> bytes | None:
        """Return a picture that was made before, or None."""
        try:
            return self._place(name, at_ms, edge).read_bytes()
        except OSError:
            return None

    def picture(self, video: Video, at_ms: int, edge: int) -> bytes:
        """Return the picture on screen at a time as JPEG, at most `edge` pixels wide or high.

        Raises:
            VideoError: none can be read there.
        """
        if (data := self.kept(video.fingerprint, at_ms, edge)) is not None:
            return data
        worker = self._workers.get()
        try:
            pixels = worker.still(video.path, at_ms, edge)
        finally:
            self._workers.put(worker)
        data = thumbnail_jpeg(pixels)
        with suppress(OSError):  # a full disk costs only the keeping
            self._keep(self._place(video.fingerprint, at_ms, edge), data)
        return data

    def warm_up(self) -> None:
        """Start the decoding processes, so that the first pictures need not wait for them."""
        for _ in self._all:
            Thread(target=self._start_one, daemon=True).start()

    def _start_one(self) -> None:
        worker = self._workers.get()
        try:
            with suppress(VideoError):
                worker.length_ms(Path(os.devnull))
        finally:
            self._workers.put(worker)

    def close(self) -> None:
        """End the decoding processes."""
        for worker in self._all:
            worker.stop()

    def _place(self, name: str, at_ms: int, edge: int) -> Path:
        safe = "".join(c if c.isalnum() else "-" for c in name)
        return self._folder / safe[:2] / safe / f"{at_ms}-{edge}.jpg"

    def _keep(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with NamedTemporaryFile(dir=path.parent, delete=False) as part:
            part.write(data)
        Path(part.name).replace(path)
        with self._lock:
            self._added += 1
            if self._added % _LOOK_EVERY == 1:
                self._make_room()

    def _make_room(self) -> None:
        """Drop the pictures longest unused until a tenth of the room is free."""
        kept = sorted(self._folder.rglob("*.jpg"), key=_used_s)
        size_bytes = sum(map(_size_bytes, kept))
        if size_bytes <= self._most_bytes:
            return
        for path in kept:
            size_bytes -= _size_bytes(path)
            with suppress(OSError):
                path.unlink()
            if size_bytes <= self._most_bytes * 0.9:
                return


def _status(read: Callable[[os.stat_result], float], path: Path) -> float:
    try:
        return read(path.stat())
    except OSError:
        return 0.0


def _used_s(path: Path) -> float:
    return _status(lambda status: max(status.st_atime, status.st_mtime), path)


def _size_bytes(path: Path) -> int:
    return int(_status(lambda status: status.st_size, path))
