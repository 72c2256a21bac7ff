"""Where this user's things lie unless told otherwise: the library, and what can be made again."""

import os
from pathlib import Path

from platformdirs import user_cache_path, user_data_path


def data_folder() -> Path:
    """Return the folder of this user's data: the library, the last answer and its playlist."""
    named = os.environ.get("SCENELIST_DATA")
    if named:
        return Path(named).expanduser().absolute()
    return user_data_path("scenelist", appauthor=False)


def default_library() -> Path:
    """Return the folder where this user's library lies unless told otherwise."""
    return data_folder() / "library"


def cache_folder() -> Path:
    """Return the folder for what can be made again: it may be deleted at any time."""
    return user_cache_path("scenelist", appauthor=False)
