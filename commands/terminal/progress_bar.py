"""The progress bar of an indexing run: files, time left, hours of video, pace, the file's name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from time import monotonic
from typing import Self

from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from commands.terminal.console import cut, markup, news, plain
from commands.terminal.run_line import line_of
from commands.terminal.speech_counts import SpeechCounts
from indexer.pipeline.progress import (
    Batch,
    Described,
    Failed,
    Finished,
    NotVideo,
    Progress,
    Recognised,
    Started,
    Subtitled,
    Unchanged,
)
from indexer.pipeline.time_left import Ahead, Pace
from indexer.pipeline.workload import Workload
from indexer.speech.speech_run import Words
from search.run_status import Running

QUIET_S = 30.0
_BAR_COLUMNS = 10
# So often whoever asks elsewhere is told how far the run is.
_TELL_EVERY_S = 5.0


class Speedometer:
    """Counts a run's news and shows them; the sums are there for the summary.

    The time left is that of the windows left (`workload` counts them from the files' headers),
    at the pace of this run. Where stderr is no terminal, a plain line every half minute takes the
    bar's place. `told` hears every few seconds how far the run is.
    """

    def __init__(
        self,
        sizes: Mapping[Path, int],
        workload: Workload,
        *,
        now: Callable[[], float] = monotonic,
        told: Callable[[Running], None] = lambda running: None,
        first_look: bool = False,
    ) -> None:
        self._files = len(sizes)
        self._workload = workload
        self._now = now
        self._told = told
        self._told_at = float("-inf")
        self._first_look = first_look
        self._name = ""
        self._began = self._said_at = now()
        self._working_since: float | None = None
        self._batch_at = 0.0
        self._pace = Pace()
        self._ahead = Ahead(sizes)
        self.indexed = self.unchanged = self.copies = self.moved = self.not_videos = 0
        self.subtitled = self.segments = self.taken_over = self.video_ms = 0
        self.failed: list[Failed] = []
        self.speech = SpeechCounts()
        self._bar = Bar(
            BarColumn(bar_width=_BAR_COLUMNS),
            TextColumn("{task.fields[words]}", markup=False),
            console=news(),
            transient=True,
        )
        self._task = self._bar.add_task("", total=None, words="starting")

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
        working_s = 0.0 if self._working_since is None else self._now() - self._working_since
        return self.video_ms / 1000 / max(1e-3, working_s)

    @property
    def left_s(self) -> float | None:
        """Seconds until the end at the pace of this run; None while that is not known."""
        windows, each_s = self._ahead.windows, self._pace.seconds
        if windows is None or each_s is None or not self._workload.sorted_out:
            return None
        return max(0.0, windows * each_s - (self._now() - self._batch_at))

    @property
    def sure(self) -> bool:
        """Whether `left_s` rests on every file and on more than the first batch."""
        return self._ahead.known and self._pace.known

    @property
    def files(self) -> int:
        """How many files are through, whatever came of them."""
        known = self.unchanged + self.copies + self.moved
        return self.indexed + known + self.not_videos + len(self.failed)

    def hear(self, item: Progress) -> None:
        """Take in one piece of news and show it."""
        for known in self._workload.news():
            self._ahead.counted(known.path, known.windows)
        match item:
            case Unchanged(path):
                self.unchanged += 1
                self._ahead.passed(path)
            case Subtitled():
                self.subtitled += 1
            case Recognised(path, moved):
                self.moved += moved
                self.copies += not moved
                self._ahead.passed(path)
            case NotVideo(path):
                self.not_videos += 1
                self._ahead.passed(path)
            case Failed(path):
                self.failed.append(item)
                self._ahead.passed(path)
            case Started(video, todo, done):
                self._name = self._name or video.path.name
                if self._working_since is None:
                    self._working_since = self._batch_at = self._now()
                self._ahead.started(video.path, todo, done)
            case Described(video, segment):
                self.segments += 1
                self._name = video.path.name
                self.taken_over += segment.same_as_ms is not None
                self.video_ms += segment.window.length_ms
                self._ahead.described(video.path)
            case Batch(windows):
                now = self._now()
                self._pace.batch(windows, now - self._batch_at)
                self._batch_at = now
            case Finished():
                self.indexed += 1
        self._show()

    def listen(self, news: Iterable[Words]) -> None:
        """Take in what was written down meanwhile and show it."""
        for item in news:
            if line := self.speech.hear(item):
                self.print(line)
            self._show()

    @property
    def running(self) -> Running:
        """How far the run is."""
        ahead, left_s = self._ahead.windows, self.left_s
        sorted_out = ahead is not None and self._workload.sorted_out
        stride_ms = self._workload.stride_ms
        return Running(
            self.files,
            self._files,
            self.segments,
            self.segments * stride_ms,
            round(ahead * stride_ms) if ahead is not None and sorted_out else None,
            left_s,
            self.sure,
            self.speed,
            plain(self._name),
            self._first_look,
        )

    def _show(self) -> None:
        running, now = self.running, self._now()
        if now - self._told_at >= _TELL_EVERY_S:
            self._told_at = now
            self._told(running)
        words = (
            f"{running.files_done}/{running.files} files · {line_of(running)}{self.speech.so_far()}"
        )
        if self._bar.console.is_terminal:
            ahead = self._ahead.windows
            total = None if ahead is None else max(1.0, self.segments + ahead)
            words = cut(words, self._bar.console.width - _BAR_COLUMNS - 2)
            self._bar.update(self._task, total=total, completed=self.segments, words=words)
        elif now - self._said_at > QUIET_S:
            self._said_at = now
            self.print(words)
