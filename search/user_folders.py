"""Where this user's things lie unless told otherwise: the library, and what can be made again."""

from pathlib import Path

from platformdirs import user_cache_path, user_data_path


def default_library() -> Path:
    """Return the folder where this user's library lies unless told otherwise."""
    return user_data_path("scenelist", appauthor=False) / "library"


def cache_folder() -> Path:
    """Return the folder for what can be made again: it may be deleted at any time."""
    return user_cache_path("scenelist", appauthor=False)
