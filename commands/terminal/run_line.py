"""How far a run is, in one line: time left, video done and to go, the file's name, the pace."""

from __future__ import annotations

from playlist.tracks import clock
from search.run_status import Running


def line_of(running: Running) -> str:
    """Return how far a run is; what matters most comes first, for lines that are cut."""
    parts = [f"{'' if running.sure else '~'}{lasting(running.seconds_left)} left"]
    if running.seconds_left is None:
        parts = []
    video = f"{of_video(running.done_ms)} done"
    if running.left_ms is not None:
        video += f", {of_video(running.left_ms)} to go"
    parts += [video, running.name, f"{running.speed:.1f}x real time"]
    return " · ".join(part for part in parts if part)


def lasting(seconds: float | None) -> str:
    """Return a length of time as one would say it: a clock's hours, days where it takes days.

    >>> lasting(3 * 86_400), lasting(40_000)
    ('3.0 days', '11:06:40')
    """
    if seconds is None:
        return ""
    days = seconds / 86_400
    return clock(round(seconds * 1000)) if days < 2 else f"{days:.1f} days"


def of_video(ms: int) -> str:
    """Return a length of video: a clock's below an hour, hours above.

    >>> of_video(90_000), of_video(5_400_000), of_video(7_200_000_000)
    ('1:30', '1.5 h', '2,000 h')
    """
    hours = ms / 3_600_000
    if hours < 1:
        return clock(ms)
    return f"{hours:.1f} h" if hours < 100 else f"{hours:,.0f} h"
