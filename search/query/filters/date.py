"""after: and before:, by when a video was made: a date, or a time of day. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING

from search.query.filters.filter import Filter, Key, Passes
from search.query.times import when

if TYPE_CHECKING:
    from indexer.video import Video


class DateFilter:
    """When videos were recorded, by their own account, else when their files were last modified.

    Dates and times of day are in this machine's time zone. A time of day after a later one before
    is a stretch across midnight.
    """

    keys: Mapping[str, Key] = {
        "after": Key("WHEN", "Made since: 2024-05-31 or 18:30.", ("since", "from")),
        "before": Key("WHEN", "Made before that.", ("until", "to")),
    }

    def read(self, key: str, text: str) -> datetime | time:
        """Return the date or time of day."""
        return when(text)

    def passing(self, asked: Mapping[str, Sequence[datetime | time]]) -> Passes:
        """Return what compares when a video was made; one that says nothing of it does not pass."""
        days_after, clocks_after = _apart(asked["after"])
        days_before, clocks_before = _apart(asked["before"])

        def passes(video: Video) -> bool:
            made = _made(video)
            if made is None or any(made < _local(day) for day in days_after):
                return False
            if any(made >= _local(day) for day in days_before):
                return False
            now = made.time()
            if clocks_after and clocks_before and max(clocks_after) > min(clocks_before):
                return now >= max(clocks_after) or now < min(clocks_before)  # across midnight
            return all(now >= clock for clock in clocks_after) and all(
                now < clock for clock in clocks_before
            )

        return passes


FILTER: Filter = DateFilter()


def made_s(video: Video) -> float:
    """Return when a video was recorded, else its file last modified, in seconds since 1970."""
    return video.recorded_ms / 1e3 or video.mtime_ns / 1e9


def _made(video: Video) -> datetime | None:
    if not (seconds := made_s(video)):
        return None
    try:
        return datetime.fromtimestamp(seconds)
    except (ValueError, OverflowError, OSError):
        return None  # a damaged date is none


def _apart(moments: Iterable[datetime | time]) -> tuple[list[datetime], list[time]]:
    moments = list(moments)
    days = [m for m in moments if isinstance(m, datetime)]
    return days, [m for m in moments if isinstance(m, time)]


def _local(moment: datetime) -> datetime:
    return moment.astimezone().replace(tzinfo=None) if moment.tzinfo else moment
