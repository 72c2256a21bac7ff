"""How far a run is, in one line: files, time left, video done and to go, the name, the pace."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from rich.cells import cell_len

from commands.terminal.console import cut
from playlist.tracks import clock
from search.run_status import Running

# So much of a file's name is shown before anything else is.
_NAME_COLUMNS = 16


def line_of(running: Running, more: str = "", room: int | None = None) -> str:
    """Return how far a run is, and `more`, in so many columns (None: as many as it takes).

    What does not fit is left out: first `more` and the pace, then video done and to go are said
    in fewer words, and then not at all. The file's name keeps its room.
    """
    number = f"{running.files_done}/{running.files}"
    files, guessed = f"{number} files", "" if running.sure else "~"
    left = f"{guessed}{lasting(running.seconds_left)} left"
    if running.seconds_left is None:
        left = ""
    done, to_go, pace = (
        of_video(running.done_ms),
        running.left_ms,
        f"{running.speed:.1f}x real time",
    )
    video, shorter = f"{done} done", f"{done} done"
    if to_go is not None:
        video += f", {guessed}{of_video(to_go)} to go"
        shorter = f"{done} of {guessed}{of_video(running.done_ms + to_go)}"
    # None is the name's place.
    ways: Sequence[Sequence[str | None]] = (
        (files, left, video, None, pace + more),
        (files, left, video, None, pace),
        (files, left, video, None),
        (files, left, shorter, None),
        (number, left, shorter, None),
        (files, left, None),
        (files, None),
    )
    name = running.name
    if room is None:
        return _joined(ways[0], name)
    least = cut(name, _NAME_COLUMNS)
    for way in ways:
        if (taken := cell_len(_joined(way, least))) <= room:
            return _joined(way, cut(name, room - taken + cell_len(least)))
    return cut(_joined(ways[-1], name), room)


def _joined(way: Sequence[str | None], name: str) -> str:
    parts = [name if part is None else part for part in way]
    return " · ".join(part for part in parts if part)


def lasting(seconds: float | None) -> str:
    """Return a length of time as one would say it: a clock's hours, days where it takes days.

    >>> lasting(3 * 86_400), lasting(40_000), lasting(0.4)
    ('3.0 days', '11:06:40', '0:01')
    """
    if seconds is None:
        return ""
    days = seconds / 86_400
    return clock(1000 * ceil(seconds)) if days < 2 else f"{days:.1f} days"


def roughly(seconds: float) -> str:
    """Return a length of time as one would say it who does not mind a minute.

    >>> roughly(45), roughly(5400), roughly(90 * 3600)
    ('45 s', '1 h 30 min', '4 days')
    """
    minutes = round(seconds / 60)
    if minutes < 2:
        return f"{max(1, round(seconds))} s"
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{round(hours / 24)} days"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def of_video(ms: int) -> str:
    """Return a length of video: a clock's below an hour, hours above.

    >>> of_video(90_000), of_video(5_400_000), of_video(7_200_000_000)
    ('1:30', '1.5 h', '2,000 h')
    """
    hours = ms / 3_600_000
    if hours < 1:
        return clock(ms)
    return f"{hours:.1f} h" if hours < 100 else f"{hours:,.0f} h"
