"""Asks the model about moments and looks at found ones again. For serve and the commands."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from answering.answering import Answering

__all__ = ["Answering"]


def __getattr__(name: str) -> object:
    """Import the class when it is first asked for."""
    if name == "Answering":
        from answering.answering import Answering

        return Answering
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
