"""Which videos may answer: by path, by when they were made, by length. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time
from fnmatch import translate
from functools import lru_cache
from pathlib import Path

from indexer.video import Video
from search.query.parser import ANY, Filters
from search.text_folding import folded


def passing(filters: Filters) -> Callable[[Video], bool]:
    """Return what says whether a video may answer; it is asked of every video at each search.

    A video's date is when it was recorded, by its own account, else when its file was last
    modified; in this machine's time zone.
    """
    inside, outside = map(_any_of, (filters.inside, filters.outside))
    shortest, longest = filters.min_length_ms, filters.max_length_ms
    dated = bool(filters.after or filters.before)

    def passes(video: Video) -> bool:
        if inside or outside:
            path = folded(video.path.as_posix())
            if (inside and not inside.match(path)) or (outside and outside.match(path)):
                return False
        if video.duration_ms < shortest or (longest is not None and video.duration_ms > longest):
            return False
        return not dated or _made_then(video, filters)

    return passes


def path_matches(path: str, glob: str) -> bool:
    """Whether a path, any trailing part of it, or a folder it lies in matches.

    Case and accents are ignored.

    >>> path_matches("/films/Holiday/dog.mp4", "holiday")
    True
    >>> path_matches("/films/Holiday/dog.mp4", "*.mkv")
    False
    """
    return _shapes(glob).match(folded(path)) is not None


def path_holds(path: str, glob: str) -> bool:
    """Whether a path matches, or a part of it does that lies within one name or begins in one.

    >>> path_holds("/films/Lago di Garda/dog.mp4", "garda")
    True
    """
    return _partly(glob).match(folded(path)) is not None


def _any_of(globs: Sequence[str]) -> re.Pattern[str] | None:
    """Return what matches a folded path that holds any of some globs; None of none."""
    return re.compile("|".join(_partly(glob).pattern for glob in globs)) if globs else None


@lru_cache
def _shapes(glob: str) -> re.Pattern[str]:
    glob = _cleaned(glob)
    shapes = (glob, f"*/{glob}", f"{glob}/*", f"*/{glob}/*")
    return re.compile("|".join(map(translate, shapes)))


@lru_cache
def _partly(glob: str) -> re.Pattern[str]:
    """Return what matches a path in which a glob, or a part of a name, stands."""
    if set(glob) & set("*?[") or glob.startswith(("/", "~/")):
        return _shapes(glob)
    return re.compile(f"(?s:.*{re.escape(_cleaned(glob))}.*)\\Z")


def _cleaned(glob: str) -> str:
    if glob.startswith("~/"):
        glob = str(Path(glob).expanduser())
    return folded(glob.replace("\\", "/")).rstrip("/")


def joined(mine: Filters, theirs: Filters) -> Filters:
    """Return what passes both."""
    longest = [ms for ms in (mine.max_length_ms, theirs.max_length_ms) if ms is not None]
    return Filters(
        mine.inside + theirs.inside,
        mine.outside + theirs.outside,
        mine.after + theirs.after,
        mine.before + theirs.before,
        max(mine.min_length_ms, theirs.min_length_ms),
        min(longest) if longest else None,
    )


def each(filters: Filters) -> Iterator[tuple[str, Filters]]:
    """Yield each of some filters for itself, with how it is written in a query."""
    for glob in filters.inside:
        yield f"in:{_written(glob)}", replace(ANY, inside=(glob,))
    for glob in filters.outside:
        yield f"not-in:{_written(glob)}", replace(ANY, outside=(glob,))
    if filters.after:
        what = " ".join(f"after:{_moment(at)}" for at in filters.after)
        yield what, replace(ANY, after=filters.after)
    if filters.before:
        what = " ".join(f"before:{_moment(at)}" for at in filters.before)
        yield what, replace(ANY, before=filters.before)
    if filters.min_length_ms:
        shortest_ms = filters.min_length_ms
        yield f"min-length:{_length(shortest_ms)}", replace(ANY, min_length_ms=shortest_ms)
    if filters.max_length_ms is not None:
        longest_ms = filters.max_length_ms
        yield f"max-length:{_length(longest_ms)}", replace(ANY, max_length_ms=longest_ms)


def _written(value: str) -> str:
    return f'"{value}"' if re.search(r"\s", value) else value


def _moment(at: datetime | time) -> str:
    return at.isoformat().removesuffix("T00:00:00").removesuffix(":00")


def _length(ms: int) -> str:
    minutes, rest = divmod(ms, 60_000)
    return f"{minutes}m" if minutes and not rest else f"{ms / 1000:g}s"


def made_s(video: Video) -> float:
    """Return when a video was recorded, else its file last modified, in seconds since 1970."""
    return video.recorded_ms / 1e3 or video.mtime_ns / 1e9


def _made_then(video: Video, filters: Filters) -> bool:
    if not (seconds := made_s(video)):
        return False
    try:
        made = datetime.fromtimestamp(seconds)
    except (ValueError, OverflowError, OSError):
        return False  # a damaged date is none
    days_after, clocks_after = _apart(filters.after)
    days_before, clocks_before = _apart(filters.before)
    if any(made < _local(day) for day in days_after):
        return False
    if any(made >= _local(day) for day in days_before):
        return False
    now = made.time()
    if clocks_after and clocks_before and max(clocks_after) > min(clocks_before):
        return now >= max(clocks_after) or now < min(clocks_before)  # across midnight
    return all(now >= clock for clock in clocks_after) and all(
        now < clock for clock in clocks_before
    )


def _apart(moments: Iterable[datetime | time]) -> tuple[list[datetime], list[time]]:
    moments = list(moments)
    days = [m for m in moments if isinstance(m, datetime)]
    return days, [m for m in moments if isinstance(m, time)]


def _local(moment: datetime) -> datetime:
    return moment.astimezone().replace(tzinfo=None) if moment.tzinfo else moment
