"""Which files of a library are meant: by path, folder, name, pattern or filter. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from indexer.errors import RequestError
from indexer.scanning.scan import absolute
from indexer.video import Video
from search.query.filters.path import path_holds, path_matches
from search.query.filters.registry import ANY, Filters, joined, passing
from search.query.parser import Query, parse

# So many of several videos are named.
_SHOWN = 3
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


def the_one(chosen: Sequence[Video], named: str) -> Video:
    """Return the only video among those that a name has chosen.

    Raises:
        RequestError: there are several; says which.
    """
    if len(chosen) == 1:
        return chosen[0]
    listed = some_of([video.path for video in chosen])
    raise RequestError(f"{len(chosen)} videos are called {_shown(named)}: {listed}; name one.")


def some_of(paths: Sequence[Path]) -> str:
    """Return the first of some paths as an error can show them, and how many more there are."""
    first = ", ".join(_shown(str(path)) for path in paths[:_SHOWN])
    return first + (f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else "")


def nothing_called(name: str, videos: Sequence[Video]) -> NothingCalledError:
    """Return what to tell where nothing in the library is called so."""
    told = _shown(name)
    if name.strip() and absolute(name).exists():
        return NothingCalledError(
            f"{told} is not in the library: run `scenelist index {shlex.quote(told)}` first."
        )
    nowhere = f"Nothing in the library is called {told}"
    bare = Path(name).name
    same = [video.path for video in videos if video.path.name == bare]
    if same and name != bare:
        return NothingCalledError(f"{nowhere}: did you mean {_shown(str(same[0]))}?")
    known = {video.path.stem.casefold(): video.path.name for video in videos}
    known |= {part.casefold(): part for video in videos for part in video.path.parent.parts[1:]}
    close = get_close_matches(Path(bare).stem.casefold(), known, 1, _NEAR)
    if close and known[close[0]] != name:
        return NothingCalledError(f"{nowhere}: did you mean {_shown(known[close[0]])}?")
    return NothingCalledError(f"{nowhere}: `scenelist list` shows what there is.")


def _shown(name: str) -> str:
    """Return a name as an error can show it: on one line, and nothing that moves the cursor."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


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
    """Read filters of the query language; None where it is no such thing.

    A shell takes quotes away: what is no list of filters as it stands may be one with spaces in
    its value.
    """
    if ":" not in text:
        return None
    key, _, value = text.partition(":")
    mended = [f'{key}:"{value}"'] if " " in value and '"' not in value else []
    refused: RequestError | None = None
    for way in (text, *mended):
        try:
            query = parse(way)
        except RequestError as error:
            refused = refused or error
            continue
        if query == Query(filters=query.filters):
            return query.filters
    if refused is not None:
        raise refused
    return None


def _count(number: int) -> str:
    return "is 1" if number == 1 else f"are {number}"
