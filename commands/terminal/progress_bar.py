"""The progress bar of an indexing run: files, time left, hours of video, pace, the file's name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from time import monotonic
from typing import Self

from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from commands.terminal.console import markup, news, plain
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

    `after` is that of the quick pass that came before, if one did: what was new then, a copy or
    moved is no less so now.
    """

    def __init__(
        self,
        sizes: Mapping[Path, int],
        workload: Workload,
        *,
        now: Callable[[], float] = monotonic,
        told: Callable[[Running], None] = lambda running: None,
        first_look: bool = False,
        after: Speedometer | None = None,
    ) -> None:
        self._files = len(sizes)
        self._workload = workload
        self._now = now
        self._told = told
        self._told_at = float("-inf")
        self.first_look = first_look
        self.after = after
        self._name = ""
        self._began = self._said_at = now()
        self._working_since: float | None = None
        self._batch_at = 0.0
        self._pace = Pace()
        self._ahead = Ahead(sizes)
        self._whole: set[Path] = set()
        self._recognised: dict[Path, bool] = {}
        self.unchanged = self.copies = self.moved = self.not_videos = 0
        self.subtitled = self.segments = self.taken_over = 0
        self._windows_ms = 0
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
    def indexed(self) -> int:
        """How many videos have been described to their end, or had their first look."""
        return len(self._whole)

    @property
    def video_ms(self) -> int:
        """How much video has been described; of a quick pass, how long the videos are."""
        return self._ahead.done_ms if self.first_look else self._windows_ms

    @property
    def speed(self) -> float:
        """Video per second of work, in multiples of real time."""
        working_s = 0.0 if self._working_since is None else self._now() - self._working_since
        return self.video_ms / 1000 / max(1e-3, working_s)

    @property
    def left_s(self) -> float | None:
        """Seconds until the end at the pace of this run; None while that is not known."""
        windows = self._ahead.windows
        if windows is None or not self._workload.sorted_out:
            return None
        return self._pace.left_s(windows, self._now() - self._batch_at)

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
            self._ahead.counted(known.path, known.windows, known.length_ms)
        match item:
            case Unchanged(path):
                self._unchanged(path)
                self._ahead.passed(path)
            case Subtitled():
                self.subtitled += 1
            case Recognised(path, moved):
                self._recognise(path, moved=moved)
                self._ahead.passed(path)
            case NotVideo(path):
                self.not_videos += 1
                self._ahead.passed(path)
            case Failed(path):
                self.failed.append(item)
                self._whole.discard(path)
                self._ahead.passed(path)
            case Started(video, todo, done):
                self._name = self._name or video.path.name
                if self._working_since is None:
                    self._working_since = self._batch_at = self._now()
                self._ahead.started(video.path, todo, done, video.span.length_ms)
            case Described(video, segment):
                self.segments += 1
                self._name = video.path.name
                self.taken_over += segment.same_as_ms is not None
                self._windows_ms += segment.window.length_ms
                if self._ahead.described(video.path):
                    self._whole.add(video.path)
            case Batch(windows):
                now = self._now()
                self._pace.batch(windows, now - self._batch_at)
                self._batch_at = now
            case Finished(video):
                self._whole.add(video.path)
        self._show()

    def said_before(self, item: Progress) -> bool:
        """Whether the quick pass before this one has said the same of a file."""
        return isinstance(item, Failed) and self.after is not None and item in self.after.failed

    def _unchanged(self, path: Path) -> None:
        """Count a file of which nothing is to be done, by what it was before this run."""
        first = self.after
        if first is not None and path in first._recognised:
            self._recognise(path, moved=first._recognised[path])
        elif first is not None and path in first._whole:
            self._recognise(path, moved=False)  # described by now, by way of a copy
        else:
            self.unchanged += 1

    def _recognise(self, path: Path, *, moved: bool) -> None:
        self._recognised[path] = moved
        self.moved += moved
        self.copies += not moved

    def listen(self, news: Iterable[Words]) -> None:
        """Take in what was written down meanwhile and show it."""
        for item in news:
            if line := self.speech.hear(item):
                self.print(line)
            self._show()

    @property
    def running(self) -> Running:
        """How far the run is."""
        return Running(
            self.files,
            self._files,
            self.segments,
            self._ahead.done_ms,
            self._ahead.left_ms if self._workload.sorted_out else None,
            self.left_s,
            self.sure,
            self.speed,
            plain(self._name),
            self.first_look,
        )

    def _show(self) -> None:
        running, now = self.running, self._now()
        if now - self._told_at >= _TELL_EVERY_S:
            self._told_at = now
            self._told(running)
        speech = self.speech.so_far()
        if self._bar.console.is_terminal:
            ahead = self._ahead.windows
            total = None if ahead is None else max(1.0, self.segments + ahead)
            words = line_of(running, speech, self._bar.console.width - _BAR_COLUMNS - 2)
            self._bar.update(self._task, total=total, completed=self.segments, words=words)
        elif now - self._said_at > QUIET_S:
            self._said_at = now
            self.print(line_of(running, speech))
