"""When a run is to end by itself: after so long, at a time of day, or without mains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from time import monotonic

from indexer.errors import RequestError

# Asking for the battery takes a look into the system.
_BATTERY_EVERY_S = 15.0
# What is so soon is told to the second.
_SHORT_S = 600.0


@dataclass(frozen=True, slots=True)
class Ending:
    """A time at which a run is to end by itself: `seconds` from the moment `now`, as `asked`."""

    seconds: float
    asked: str
    now: datetime

    @property
    def when(self) -> str:
        """When that is, in words.

        >>> Ending(28_800, "--until 07:00", datetime(2024, 5, 12, 23, 0)).when
        'tomorrow at 07:00'
        """
        # On the clock that hangs on the wall, also in a night in which it is changed.
        end = datetime.fromtimestamp(self.now.timestamp() + self.seconds)
        clock = f"{end:%H:%M}" if self.seconds >= _SHORT_S else f"{end:%H:%M:%S}"
        days = (end.date() - self.now.date()).days
        return f"{('', 'tomorrow ')[days] if days < 2 else f'on {end:%Y-%m-%d} '}at {clock}"


@dataclass(slots=True)
class Stopping:
    """Says whether to stop, and why; asked after every window.

    `at_s` is when on the `clock`, None for never; `on_battery`, where given, is asked now and then.
    """

    at_s: float | None = None
    on_battery: Callable[[], bool] | None = None
    clock: Callable[[], float] = monotonic
    _asked_s: float = field(default=float("-inf"))
    _unplugged: bool = False

    @property
    def left_s(self) -> float | None:
        """Seconds until the run is to end; None where no time is set."""
        return None if self.at_s is None else max(0.0, self.at_s - self.clock())

    def reason(self) -> str:
        """Return why the run is to end now; '' while it is not."""
        now = self.clock()
        if self.at_s is not None and now >= self.at_s:
            return "its time is over"
        if self.on_battery is not None and now - self._asked_s >= _BATTERY_EVERY_S:
            self._asked_s, self._unplugged = now, self.on_battery()
        return "the machine runs on its battery" if self._unplugged else ""


def seconds_until(text: str, now: datetime) -> float:
    """Return how long it is from `now` until a time of day comes next, as 07:00 or 7:00.

    Raises:
        RequestError: that is none.

    >>> seconds_until("07:00", datetime(2024, 5, 12, 23, 0))
    28800.0
    """
    try:
        wanted = time.fromisoformat(text.strip().rjust(5, "0"))
    except ValueError:
        wanted = None
    if wanted is None or wanted.tzinfo is not None:
        raise RequestError(f"{text!r} is no time of day: write 07:00, say.")
    then = datetime.combine(now.date(), wanted)
    if then <= now:
        then += timedelta(days=1)
    # On the clock that hangs on the wall: a night in which it is changed is an hour longer or less.
    return then.timestamp() - now.timestamp()
