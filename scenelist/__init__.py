"""Scenelist for programs: index videos, search what happens in them, get moments back.

    from scenelist import Library, index, search

    index("~/Videos", library="~/films.library")
    for moment in search("a dog catches a frisbee", library="~/films.library"):
        print(moment.video.path, moment.start_ms, moment.end_ms, moment.text)

Times are integer milliseconds on the player's clock. What a user can cause is a `ScenelistError`
whose text is one sentence with the remedy. Heavy libraries are imported when they are needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.errors import ScenelistError
from indexer.processes.quiet_libraries import keep_to_themselves
from indexer.video import Video
from indexer.windows import Window
from scenelist.indexing import Indexed, index
from scenelist.searching import search
from search.query.options import SearchOptions
from search.ranking.moments import Moment
from search.recipe_choice import Wishes

if TYPE_CHECKING:
    from search.library import Library

__all__ = [
    "Indexed",
    "Library",
    "Moment",
    "ScenelistError",
    "SearchOptions",
    "Video",
    "Window",
    "Wishes",
    "index",
    "search",
]

keep_to_themselves()


def __getattr__(name: str) -> object:
    """Import the library, and LanceDB with it, when it is first asked for."""
    if name == "Library":
        from search.library import Library

        return Library
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
