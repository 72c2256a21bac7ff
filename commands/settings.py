"""What every command gets to know: which library, and whether the network may be used."""

from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path


@dataclass(frozen=True, slots=True)
class Settings:
    """The options that stand before the command."""

    library: Path
    offline: bool


def default_library() -> Path:
    """Return the folder where this user's library lies unless told otherwise."""
    return user_data_path("scenelist", appauthor=False) / "library"
