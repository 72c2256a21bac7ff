"""Keeps descriptions and finds moments in them; `from search import Library` is the way in."""

from search.library import Library
from search.moments import Moment

__all__ = ["Library", "Moment"]
