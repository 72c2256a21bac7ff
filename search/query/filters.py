"""Which videos may answer: by path, by when they were made, by length. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, time
from fnmatch import translate
from functools import lru_cache

from indexer.scanning.file_names import composed
from indexer.video import Video
from search.query.parser import Filters


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
            path = composed(video.path.as_posix()).lower()
            if (inside and not inside.match(path)) or (outside and outside.match(path)):
                return False
        if video.duration_ms < shortest or (longest is not None and video.duration_ms > longest):
            return False
        return not dated or _made_then(video, filters)

    return passes


def path_matches(path: str, glob: str) -> bool:
    """Whether a path, any trailing part of it, or a folder it lies in matches; case is ignored.

    >>> path_matches("/films/Holiday/dog.mp4", "holiday")
    True
    >>> path_matches("/films/Holiday/dog.mp4", "*.mkv")
    False
    """
    return _shapes(glob).match(composed(path).lower()) is not None


def _any_of(globs: Sequence[str]) -> re.Pattern[str] | None:
    """Return what any path matches, composed and in small letters, that any of some globs does."""
    return re.compile("|".join(_shapes(glob).pattern for glob in globs)) if globs else None


@lru_cache
def _shapes(glob: str) -> re.Pattern[str]:
    glob = composed(glob).lower().replace("\\", "/").rstrip("/")
    shapes = (glob, f"*/{glob}", f"{glob}/*", f"*/{glob}/*")
    return re.compile("|".join(map(translate, shapes)))


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
