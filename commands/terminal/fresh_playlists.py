"""The playlists of saved searches, after a command that changed the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.terminal.console import say
from playlist.smart_playlists import refresh_all

if TYPE_CHECKING:
    from search.library import Library


def keep_playlists_fresh(library: Library) -> None:
    """Write the playlists of saved searches anew, and say which changed or could not be."""
    for line in refresh_all(library):
        say(line)
