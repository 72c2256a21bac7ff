"""Playlists rendered in a process of their own: some formats open the videos they name.

Run as a module it takes one order on stdin and writes the playlist to stdout.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.errors import PlaylistError
from indexer.processes import child_process
from playlist.formats.registry import Format
from playlist.tracks import Track
from playlist.write_playlist import Published, publish

PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class _Order:
    tracks: tuple[Track, ...]
    title: str
    known: Format


def rendered(
    tracks: Sequence[Track], title: str, known: Format, patience_s: float = PATIENCE_S
) -> Published:
    """Return a playlist of tracks in a format; its bytes are empty if no file is here.

    Raises:
        PlaylistError: a file made the process crash or hang, or the format cannot hold this.
    """
    process = child_process.start("serve.render_process")
    try:
        out, _ = process.communicate(pickle.dumps(_Order(tuple(tracks), title, known)), patience_s)
    except subprocess.TimeoutExpired:
        raise PlaylistError("One of the files hangs: choose fewer, or another format.") from None
    finally:
        process.kill()
        process.wait()
    if process.returncode not in (0, -9) or not out:
        raise PlaylistError("One of the files cannot be opened: choose fewer, or another format.")
    made: Published | str = pickle.loads(out)
    if isinstance(made, str):
        raise PlaylistError(made)
    return made


def main() -> None:
    """Carry out the order on stdin."""
    from indexer.errors import ScenelistError

    answers = child_process.answers()
    order: _Order = pickle.load(sys.stdin.buffer)
    try:
        made: Published | str = publish(order.tracks, order.title, None, order.known)
    except ScenelistError as error:
        made = str(error)
    pickle.dump(made, answers)
    answers.flush()


if __name__ == "__main__":
    # What is pickled here must be found as serve.render_process by the process that reads it.
    from serve.render_process import main as run

    run()
