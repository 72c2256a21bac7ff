"""The progress bar of an indexing run: files, windows, multiples of real time, time left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Self

from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from commands.screen import markup, news
from indexer.progress import Described, Failed, Finished, Progress, Started, Unchanged
from playlist.tracks import clock

QUIET_S = 30.0


class Speedometer:
    """Counts a run's news and shows them; the sums are there for the summary.

    How far the run has come is measured in bytes of the files (`sizes`), since how long a video
    is comes to light only when it is opened. Where stderr is no terminal, a plain line every
    half minute takes the bar's place.
    """

    def __init__(self, sizes: Mapping[Path, int], *, now: Callable[[], float] = monotonic) -> None:
        self._sizes = sizes
        self._now = now
        self._began = self._said_at = now()
        self._working_since: float | None = None
        self._window_bytes: dict[Path, float] = {}
        self._passed_bytes = self._worked_bytes = 0.0
        self.indexed = self.unchanged = self.segments = self.video_ms = 0
        self.failed: list[Failed] = []
        self._bar = Bar(
            TextColumn("{task.fields[files]}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[words]}"),
            console=news(),
            transient=True,
        )
        total = max(1, sum(sizes.values()))
        self._task = self._bar.add_task("", total=total, files="", words="starting")

    def __enter__(self) -> Self:
        if self._bar.console.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar.console.is_terminal:
            self._bar.stop()

    def print(self, line: str) -> None:
        """Print a line of news above the bar."""
        self._bar.console.print(markup(line))

    @property
    def wall_s(self) -> float:
        """Seconds since the run began."""
        return self._now() - self._began

    @property
    def speed(self) -> float:
        """Video described per second of work, in multiples of real time."""
        return self.video_ms / 1000 / max(1e-3, self._working_s)

    @property
    def left_s(self) -> float | None:
        """Seconds until the end at the speed so far; None while nothing has been described."""
        if not self._worked_bytes:
            return None
        rest = sum(self._sizes.values()) - self._passed_bytes - self._worked_bytes
        return max(0.0, rest) * self._working_s / self._worked_bytes

    @property
    def _working_s(self) -> float:
        return 0.0 if self._working_since is None else self._now() - self._working_since

    def hear(self, item: Progress) -> None:
        """Take in one piece of news and show it."""
        match item:
            case Unchanged(path):
                self.unchanged += 1
                self._passed_bytes += self._sizes.get(path, 0)
            case Failed(path):
                self.failed.append(item)
                self._passed_bytes += 0 if path in self._window_bytes else self._sizes.get(path, 0)
            case Started(video):
                self._working_since = self._working_since or self._now()
                share = self._sizes.get(video.path, 0) / max(1, item.todo + item.done)
                self._window_bytes[video.path] = share
                self._passed_bytes += share * item.done
            case Described(video, segment):
                self.segments += 1
                self.video_ms += segment.window.length_ms
                self._worked_bytes += self._window_bytes[video.path]
            case Finished():
                self.indexed += 1
        self._show()

    def _show(self) -> None:
        done = self.indexed + self.unchanged + len(self.failed)
        files = f"{done}/{len(self._sizes)} files"
        left = "" if self.left_s is None else f" · {clock(int(self.left_s * 1000))} left"
        words = f"{self.segments} windows · {self.speed:.1f}x real time{left}"
        if self._bar.console.is_terminal:
            completed = self._passed_bytes + self._worked_bytes
            self._bar.update(self._task, completed=completed, files=files, words=words)
        elif self._now() - self._said_at > QUIET_S:
            self._said_at = self._now()
            self.print(f"{files} · {words}")
