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
        self._seconds = self._windows = self._total_s = 0.0

    def batch(self, windows: int, seconds: float) -> None:
        """Learn that so many windows took so many seconds, from one batch's end to the next's."""
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


class Ahead:
    """How many windows are still to be described, from what is known of each file so far.

    A file is known by its header at first, and for certain once it is opened; those not yet
    looked at are taken to have as many windows a byte as the others.
    """

    def __init__(self, sizes: Mapping[Path, int]) -> None:
        self._unknown = dict(sizes)
        self._unknown_bytes = sum(sizes.values())
        self._left: dict[Path, int] = {}
        self._known_windows = 0
        self._measured_bytes = self._measured_windows = 0

    def counted(self, path: Path, windows: int) -> None:
        """Take in what a file's header says, unless more is known by now."""
        if path in self._unknown:
            self._learn(path, windows, windows)

    def started(self, path: Path, todo: int, done: int) -> None:
        """Take in what there is to be done of a file that has been opened."""
        self._learn(path, todo, todo + done)

    def passed(self, path: Path) -> None:
        """Note that nothing (more) will be done of a file."""
        self._learn(path, 0, 0)

    def described(self, path: Path) -> None:
        """Note that one of a file's windows is done."""
        if self._left.get(path):
            self._left[path] -= 1
            self._known_windows -= 1

    def _learn(self, path: Path, windows: int, in_all: int) -> None:
        if path in self._unknown:
            size_bytes = self._unknown.pop(path)
            self._unknown_bytes -= size_bytes
            if in_all:
                self._measured_bytes += size_bytes
                self._measured_windows += in_all
        self._known_windows += windows - self._left.get(path, 0)
        self._left[path] = windows

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
