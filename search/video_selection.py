"""Which files of a library are meant: by path, folder, name, pattern or filter. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from indexer.errors import RequestError
from indexer.scanning.scan import absolute
from indexer.video import Video
from search.query.filters.path import path_holds, path_matches
from search.query.filters.registry import ANY, Filters, joined, passing
from search.query.parser import Query, parse

# A name so near to one that is not there may have been meant.
_NEAR = 0.6


class NothingCalledError(RequestError):
    """No video of the library is called so, or passes."""


def choose(videos: Sequence[Video], named: Sequence[str], *, in_part: bool) -> list[Video]:
    """Return the videos that are named, each once, in the order of the names.

    A name is a path, a folder with all in it, a name or a pattern as in `in:`, and with `in_part`
    part of a name where nothing is called so; filters of the query language (in:lake
    after:2024-06) narrow them, or alone choose from all.

    Raises:
        NothingCalledError: nothing is called so, or passes; says what may be meant.
        RequestError: a filter makes no sense.
    """
    filters, names = ANY, []
    for name in named:
        known = _called(videos, name)
        read = None if known else _filters(name)
        if read is None:
            names.append(known or _in_part(videos, name, allowed=in_part))
        else:
            filters = joined(filters, read)
    chosen = [video for some in names for video in some] if names else list(videos)
    passes = passing(filters)
    unique = {video.path: video for video in chosen if filters == ANY or passes(video)}
    if not unique and named:
        listed = " ".join(named)
        raise NothingCalledError(
            f"No video passes {listed}: there {_count(len(videos))} in the library, and `scenelist"
            " list` shows what there is."
        )
    return list(unique.values())


def nothing_called(name: str, videos: Sequence[Video]) -> NothingCalledError:
    """Return what to tell where nothing in the library is called so."""
    if name.strip() and absolute(name).exists():
        return NothingCalledError(
            f"{name} is not in the library: run `scenelist index {name}` first."
        )
    known = {video.path.name.casefold(): video.path.name for video in videos}
    known |= {part.casefold(): part for video in videos for part in video.path.parent.parts[1:]}
    close = get_close_matches(Path(name).name.casefold(), known, 1, _NEAR)
    if close:
        return NothingCalledError(
            f"Nothing in the library is called {name}: did you mean {known[close[0]]}?"
        )
    return NothingCalledError(
        f"Nothing in the library is called {name}: `scenelist list` shows what there is."
    )


def _called(videos: Sequence[Video], name: str) -> list[Video]:
    """Return the video at a path, those in a folder, or those that are called so."""
    if not name.strip():
        return []  # as a path it would be the folder one is in
    path = absolute(name)
    return (
        [v for v in videos if v.path == path]
        or [v for v in videos if v.path.is_relative_to(path)]
        or [v for v in videos if path_matches(v.path.as_posix(), name)]
    )


def _in_part(videos: Sequence[Video], name: str, *, allowed: bool) -> list[Video]:
    found = [v for v in videos if name.strip() and path_holds(v.path.as_posix(), name)]
    if not found:
        raise nothing_called(name, videos)
    if not allowed:
        raise NothingCalledError(
            f"Nothing in the library is called {name}: write in:{name} for the {len(found)} whose"
            " path has that in it."
        )
    return found


def _filters(text: str) -> Filters | None:
    """Read filters of the query language; None where it is no such thing."""
    if ":" not in text:
        return None
    key, _, value = text.partition(":")
    if " " in value and '"' not in value:  # a shell has taken the quotes
        text = f'{key}:"{value}"'
    query = parse(text)
    return query.filters if query == Query(filters=query.filters) else None


def _count(number: int) -> str:
    return "is 1" if number == 1 else f"are {number}"
