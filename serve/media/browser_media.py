"""The bytes of a video for a browser: the file itself, or a film of one moment made on the way."""

from __future__ import annotations

import pickle
import stat
import subprocess
from collections.abc import AsyncGenerator
from pathlib import Path

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


class FilmError(Exception):
    """No film can be made of this moment."""


async def film(path: Path, start_ms: int, end_ms: int) -> AsyncGenerator[bytes]:
    """Yield a stretch of a file as fragmented MP4 while a process of its own makes it.

    That process ends with this iteration, wherever it is left.

    Raises:
        FilmError: the file cannot be read there.
    """
    process = await anyio.to_thread.run_sync(_started, FilmOrder(path, start_ms, end_ms, EDGE))
    stream = process.stdout
    assert stream is not None
    sent = False
    try:
        with anyio.move_on_after(_WATCHED_WITHIN_S):
            while True:
                with anyio.move_on_after(_NEXT_WITHIN_S if sent else _FIRST_WITHIN_S) as limit:
                    piece = await anyio.to_thread.run_sync(
                        stream.read1,  # type: ignore[attr-defined]  # Popen's pipes are buffered
                        _PIECE,
                        abandon_on_cancel=True,
                    )
                if limit.cancelled_caught or not piece:
                    break
                sent = True
                yield piece
        if not sent:
            raise FilmError
    finally:
        process.kill()
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(process.wait)


def _started(order: FilmOrder) -> subprocess.Popen[bytes]:
    process = child_process.start("indexer.media.fragmented_mp4")
    assert process.stdin is not None
    try:
        process.stdin.write(pickle.dumps(order))
        process.stdin.close()
    except OSError:
        process.kill()
    return process
