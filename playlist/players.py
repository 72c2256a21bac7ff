"""Finds a player on this machine and opens playlists in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from indexer.errors import PlaylistError

PLAYERS = ("vlc", "mpv")
Find = Callable[[str], Path | None]


def find_player(name: str = "vlc") -> Path | None:
    """Return a player's program, or None where it is not installed."""
    found = shutil.which(name)
    if found:
        return Path(found)
    if sys.platform == "darwin":
        app = {"vlc": "VLC.app/Contents/MacOS/VLC", "mpv": "mpv.app/Contents/MacOS/mpv"}[name]
        places = [root / app for root in (Path("/Applications"), Path.home() / "Applications")]
    else:
        roots = [os.environ.get(root) for root in ("ProgramFiles", "ProgramFiles(x86)")]
        program = {"vlc": "VideoLAN/VLC/vlc.exe", "mpv": "mpv/mpv.exe"}[name]
        places = [Path(root) / program for root in roots if root]
    return next((place for place in places if place.is_file()), None)


def chosen(wanted: str | None = None, find: Find = find_player) -> str | None:
    """Return the player to use: the one wanted, else VLC, else mpv; None where it is not here."""
    return next((name for name in ((wanted,) if wanted else PLAYERS) if find(name)), None)


def choose(
    wanted: str | None = None, find: Find = find_player, playlist: Path | None = None
) -> str:
    """Return the player to use: the one wanted, else VLC, else mpv.

    Raises:
        PlaylistError: it is not on this machine.
    """
    name = chosen(wanted, find)
    if name is not None:
        return name
    missing = f"{wanted} was not found" if wanted else "Neither VLC nor mpv was found"
    raise PlaylistError(
        f"{missing} on this machine: install VLC from videolan.org, or open"
        f" {playlist or 'the playlist'} yourself."
    )


def play(
    playlist: Path, name: str = "vlc", *, enqueue: bool = False, find: Find = find_player
) -> None:
    """Open a playlist in a player, which goes on after this program has ended.

    `enqueue` adds to a VLC that is running already (where its system lets it be one instance).

    Raises:
        PlaylistError: the player is not here, or does not start.
    """
    player = find(name)
    if player is None:
        raise PlaylistError(f"{name} was not found: install it, or open {playlist} yourself.")
    options = ["--one-instance", "--playlist-enqueue"] if enqueue and name == "vlc" else []
    target = playlist.absolute().as_uri() if name == "vlc" else str(playlist.absolute())
    try:
        subprocess.Popen(
            [str(player), *options, target],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise PlaylistError(
            f"{name} did not start ({error.strerror}): open {playlist} yourself."
        ) from error
