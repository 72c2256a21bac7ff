"""Searching from a program: a question in, moments out."""

from __future__ import annotations

from pathlib import Path

from search.query.options import AS_USUAL, SearchOptions
from search.ranking.moments import Moment
from search.user_folders import default_library


def search(
    query: str,
    *,
    library: str | Path | None = None,
    limit: int = 20,
    options: SearchOptions = AS_USUAL,
    offline: bool = False,
) -> list[Moment]:
    """Return the `limit` moments that answer a question best, best first.

    `query` is plain language, and may use the query language (docs/search.md); `options` adds
    what flags say on the command line; `library` is a folder, else the user's own. To ask more
    than once keep a `Library` open: it loads its embedder once.

    Raises:
        ScenelistError: there is no such library, it is empty, or the query makes no sense.
    """
    from search.library import Library

    folder = Path(library or default_library()).expanduser()
    return Library.open(folder, offline=offline).search(query, limit=limit, options=options)
