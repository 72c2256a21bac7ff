"""Which videos may answer: by path, by when they were made, by length. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, time
from fnmatch import translate
from functools import lru_cache

from indexer.video import Video
from search.query import Filters


def passes(video: Video, filters: Filters) -> bool:
    """Whether a video may answer.

    Its date is when it was recorded, by its own account, else when its file was last modified;
    in this machine's time zone.
    """
    path = video.path.as_posix()
    if filters.inside and not any(path_matches(path, glob) for glob in filters.inside):
        return False
    if any(path_matches(path, glob) for glob in filters.outside):
        return False
    if video.duration_ms < filters.min_length_ms:
        return False
    if filters.max_length_ms is not None and video.duration_ms > filters.max_length_ms:
        return False
    return _made_then(video, filters)


def path_matches(path: str, glob: str) -> bool:
    """Whether a path, any trailing part of it, or a folder it lies in matches; case is ignored.

    >>> path_matches("/films/Holiday/dog.mp4", "holiday")
    True
    >>> path_matches("/films/Holiday/dog.mp4", "*.mkv")
    False
    """
    return _shapes(glob).match(path.lower()) is not None


@lru_cache
def _shapes(glob: str) -> re.Pattern[str]:
    glob = glob.lower().replace("\\", "/").rstrip("/")
    shapes = (glob, f"*/{glob}", f"{glob}/*", f"*/{glob}/*")
    return re.compile("|".join(map(translate, shapes)))


def made_s(video: Video) -> float:
    """Return when a video was recorded, else its file last modified, in seconds since 1970."""
    return video.recorded_ms / 1e3 or video.mtime_ns / 1e9


def _made_then(video: Video, filters: Filters) -> bool:
    if not (filters.after or filters.before):
        return True
    if not (seconds := made_s(video)):
        return False
    made = datetime.fromtimestamp(seconds)
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
