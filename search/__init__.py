"""Keeps descriptions and finds moments in them; `from search import Library` is the way in."""

from typing import TYPE_CHECKING

from search.ranking.moments import Moment

if TYPE_CHECKING:
    from search.library import Library

__all__ = ["Library", "Moment"]


def __getattr__(name: str) -> object:
    """Import the library, and LanceDB with it, when it is first asked for."""
    if name == "Library":
        from search.library import Library

        return Library
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
