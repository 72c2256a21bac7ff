"""The bytes of a video for a browser: the file itself, or a film of one moment made on the way."""

from __future__ import annotations

import pickle
import stat
import subprocess
import time
from pathlib import Path
from typing import Self

import anyio
import anyio.to_thread

from indexer.media.fragmented_mp4 import FilmOrder
from indexer.processes import child_process
from indexer.video import Video

# What browsers may play as it is; where one does not, it asks for a film of the moment.
_PLAYED = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/mp4",
    ".webm": "video/webm",
    ".ogv": "video/ogg",
}
EDGE = 960
LONGEST_S = 600.0
_FIRST_WITHIN_S = 30.0
_NEXT_WITHIN_S = 60.0
_WATCHED_WITHIN_S = 1_800.0
_PIECE = 64 * 1024


def browser_plays(path: Path) -> bool:
    """Whether a browser is given the file itself."""
    return path.suffix.lower() in _PLAYED


def media_type(path: Path) -> str:
    """Return the type under which a file is sent: of a video, or of nothing in particular."""
    return _PLAYED.get(path.suffix.lower(), "application/octet-stream")


def same_file(video: Video) -> bool:
    """Whether a video's file is where it was seen, and as big as it was then."""
    try:
        status = video.path.stat()
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size == video.size_bytes


class Film:
    """A stretch of a file as fragmented MP4, made by a process of its own while it is read."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._until = time.monotonic() + _WATCHED_WITHIN_S
        self._begun = False

    @classmethod
    async def start(cls, path: Path, start_ms: int, end_ms: int) -> Self:
        """Start making the film of [start_ms, end_ms) of a file."""
        order = FilmOrder(path, start_ms, end_ms, EDGE)
        return cls(await anyio.to_thread.run_sync(_started, order))

    async def read(self) -> bytes:
        """Return the next piece; nothing at the end, or when there is none in time."""
        stream = self._process.stdout
        assert stream is not None
        if time.monotonic() > self._until:
            return b""
        piece = b""
        with anyio.move_on_after(_NEXT_WITHIN_S if self._begun else _FIRST_WITHIN_S):
            piece = await anyio.to_thread.run_sync(
                stream.read1,  # type: ignore[attr-defined]  # Popen's pipes are buffered
                _PIECE,
                abandon_on_cancel=True,
            )
        self._begun = True
        return piece

    async def end(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self._process.wait)


def _started(order: FilmOrder) -> subprocess.Popen[bytes]:
    process = child_process.start("indexer.media.fragmented_mp4")
    assert process.stdin is not None
    try:
        process.stdin.write(pickle.dumps(order))
        process.stdin.close()
    except OSError:
        process.kill()
    return process
