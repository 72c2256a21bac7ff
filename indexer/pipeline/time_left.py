"""How long a run still takes: what is left of it, and how fast it goes; arithmetic only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

# What was seen this long ago counts half: long enough to average over unequal videos, short
# enough to follow a machine that gets other things to do.
_HALF_LIFE_S = 900.0
# So much work after the first batch makes the pace known.
_KNOWN_AFTER_S = 10.0


class Pace:
    """How long a window takes, all in all, learnt from the run itself.

    The first batch warms up what the rest finds warm (and may take longer than ten of them): it
    counts only as long as there is no other. `known` is False while that is all there is.
    """

    def __init__(self) -> None:
        self._first: float | None = None
        self._last_windows = 0
        self._seconds = self._windows = self._total_s = 0.0

    def batch(self, windows: int, seconds: float) -> None:
        """Learn that so many windows took so many seconds, from one batch's end to the next's."""
        self._last_windows = windows
        if self._first is None:
            self._first = seconds / windows
            return
        fading = 0.5 ** (seconds / _HALF_LIFE_S)
        self._seconds = self._seconds * fading + seconds
        self._windows = self._windows * fading + windows
        self._total_s += seconds

    @property
    def known(self) -> bool:
        """Whether there has been enough work to judge by."""
        return self._total_s >= _KNOWN_AFTER_S

    @property
    def seconds(self) -> float | None:
        """Seconds a window takes; None before the first batch."""
        return self._seconds / self._windows if self._windows else self._first

    def left_s(self, windows: float, waited_s: float) -> float | None:
        """Return how long so many windows take, `waited_s` after the last batch; None: unknown.

        A batch that is overdue (a long file is being opened) says that the pace is slower than it
        was; as long as there are windows, there is something left.
        """
        if (each_s := self.seconds) is None:
            return None
        coming = min(windows, self._last_windows)
        if waited_s <= coming * each_s:
            return windows * each_s - waited_s
        seconds = self._seconds if self._windows else each_s * self._last_windows
        slower_s = (seconds + waited_s) / ((self._windows or self._last_windows) + coming)
        left_s = windows * slower_s - min(waited_s, coming * slower_s)
        return max(left_s, min(1.0, windows) * slower_s)


class Ahead:
    """How many windows are still to be described, from what is known of each file so far.

    A file is known by its header at first, and for certain once it is opened; those not yet
    looked at are taken to have as many windows a byte as the others. Each window stands for its
    share of its video: a film of an hour that is looked at once is an hour done.
    """

    def __init__(self, sizes: Mapping[Path, int]) -> None:
        self._unknown = dict(sizes)
        self._unknown_bytes = sum(sizes.values())
        self._left: dict[Path, int] = {}
        self._each_ms: dict[Path, float] = {}
        self._known_windows = 0
        self._known_ms = self._done_ms = 0.0
        self._measured_bytes = self._measured_windows = self._measured_ms = 0

    def counted(self, path: Path, windows: int, length_ms: int) -> None:
        """Take in what a file's header says, unless more is known by now."""
        if path in self._unknown:
            self._learn(path, windows, windows, length_ms)

    def started(self, path: Path, todo: int, done: int, length_ms: int) -> None:
        """Take in what there is to be done of a file that has been opened, and is so long."""
        self._learn(path, todo, todo + done, length_ms)

    def passed(self, path: Path) -> None:
        """Note that nothing (more) will be done of a file."""
        self._learn(path, 0, 0, 0)

    def described(self, path: Path) -> bool:
        """Note that one of a file's windows is done; return whether that was the last of them."""
        if not self._left.get(path):
            return False
        self._left[path] -= 1
        self._known_windows -= 1
        self._known_ms -= self._each_ms[path]
        self._done_ms += self._each_ms[path]
        return not self._left[path]

    def _learn(self, path: Path, windows: int, in_all: int, length_ms: int) -> None:
        if path in self._unknown:
            size_bytes = self._unknown.pop(path)
            self._unknown_bytes -= size_bytes
            if in_all:
                self._measured_bytes += size_bytes
                self._measured_windows += in_all
                self._measured_ms += length_ms
        each_ms = length_ms / in_all if in_all else 0.0
        before = self._left.get(path, 0)
        self._known_windows += windows - before
        self._known_ms += windows * each_ms - before * self._each_ms.get(path, 0.0)
        self._left[path], self._each_ms[path] = windows, each_ms

    @property
    def known(self) -> bool:
        """Whether every file has been looked at."""
        return not self._unknown

    @property
    def windows(self) -> float | None:
        """How many windows are left; None while there is nothing to judge by."""
        if not self._unknown_bytes:
            return self._known_windows
        if not self._measured_bytes:
            return None
        rate = self._measured_windows / self._measured_bytes
        return self._known_windows + self._unknown_bytes * rate

    @property
    def done_ms(self) -> int:
        """How much video the windows that were described stand for."""
        return round(self._done_ms)

    @property
    def left_ms(self) -> int | None:
        """How much video is left; None while there is nothing to judge by."""
        if not self._unknown_bytes:
            return round(self._known_ms)
        if not self._measured_bytes:
            return None
        rate = self._measured_ms / self._measured_bytes
        return round(self._known_ms + self._unknown_bytes * rate)
