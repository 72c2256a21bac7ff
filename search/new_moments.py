"""New moments: what a saved search finds in what the library has come to hold since it last told.

What is in the library already and was not told is no news: where more moments match than are
asked for, or many equally well, which of them are the best is no event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from indexer.errors import RequestError
from search.coverage import Coverage, Stretches, added, joined
from search.library import Library
from search.query.options import SearchOptions
from search.query.parser import EMPTY, parse
from search.ranking.moments import Moment
from search.saved_searches import SavedSearch

# Where moments that are no news may answer too, so many times more are asked for.
_AMONG_OLD = 4
# A filter of more parts than this takes longer to read than it saves.
_MOST_PARTS, _MOST_OF_ONE = 500, 50


@dataclass(frozen=True, slots=True)
class News:
    """What is new of a search; `told` is the search once that is told, and `held` what of."""

    moments: list[Moment]
    told: SavedSearch
    held: Coverage


def news_of(library: Library, saved: SavedSearch, held: Coverage) -> News:
    """Return what is new of a saved search in a library that holds so much.

    New is a moment that lies, at least in part, in what was described or written down since the
    search told last, also where that is described anew, and of which no part was told before.

    Raises:
        RequestError: the search cannot be asked (any more).
    """
    question = library.saved.expand(saved.query)
    query = parse(question)
    if query.empty:
        raise RequestError(EMPTY)
    search = saved.asking(question)
    before = library.saved.known_to(search)
    fresh = added(held, before)
    moments: list[Moment] = []
    if fresh:
        grown = any(name in before for name in fresh)
        most = search.limit * (_AMONG_OLD if grown or search.seen else 1)
        # What happens in turn, or at once, may have begun in what is known.
        parts = () if query.steps or query.also else _parts(fresh, before)
        contents = frozenset(fresh) if before else None
        options = SearchOptions(contents=contents, parts=parts if contents else ())
        found = library.search(question, most, options)
        moments = search.unseen([m for m in found if _is_in(m, fresh)])[: search.limit]
    return News(moments, search.having_seen(moments), joined(before, held))


def _parts(fresh: Mapping[str, Stretches], before: Coverage) -> tuple[tuple[str, int, int], ...]:
    """Return where to look in contents that have grown; nowhere in particular in too many parts."""
    parts: list[tuple[str, int, int]] = []
    for name, some in fresh.items():
        if name in before:
            whole = ((some[0][0], some[-1][1]),) if len(some) > _MOST_OF_ONE else some
            parts += [(name, start_ms, end_ms) for start_ms, end_ms in whole]
    return tuple(parts) if len(parts) <= _MOST_PARTS else ()


def _is_in(moment: Moment, fresh: Mapping[str, Stretches]) -> bool:
    """Whether a part of a moment is fresh."""
    stretches = fresh.get(moment.video.fingerprint, ())
    return any(moment.start_ms < end and start < moment.end_ms for start, end in stretches)
