"""Keeps descriptions and finds moments in them; `from search import Library` is the way in."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from search.library import Library
    from search.ranking.moments import Moment

__all__ = ["Library", "Moment"]


def __getattr__(name: str) -> object:
    """Import what is asked for, and LanceDB or NumPy with it, when it is first asked for."""
    if name == "Library":
        from search.library import Library

        return Library
    if name == "Moment":
        from search.ranking.moments import Moment

        return Moment
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
