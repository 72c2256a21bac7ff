"""Finds a player on this machine and opens playlists in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from indexer.errors import PlaylistError


def find_player() -> Path | None:
    """Return VLC's program, or None where there is none."""
    found = shutil.which("vlc")
    if found:
        return Path(found)
    if sys.platform == "darwin":
        places = [Path("/Applications/VLC.app/Contents/MacOS/VLC")]
        places.append(Path.home() / "Applications/VLC.app/Contents/MacOS/VLC")
    else:
        roots = [os.environ.get(name) for name in ("ProgramFiles", "ProgramFiles(x86)")]
        places = [Path(root) / "VideoLAN/VLC/vlc.exe" for root in roots if root]
    return next((place for place in places if place.is_file()), None)


def play(playlist: Path, find: Callable[[], Path | None] = find_player) -> None:
    """Open a playlist in VLC, which goes on after this program has ended.

    Raises:
        PlaylistError: there is no VLC here, or it does not start.
    """
    player = find()
    if player is None:
        raise PlaylistError(
            f"VLC was not found: install it from videolan.org, or open {playlist} yourself."
        )
    try:
        subprocess.Popen(
            [str(player), playlist.absolute().as_uri()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise PlaylistError(
            f"VLC did not start ({error.strerror}): open {playlist} yourself."
        ) from error
