"""Hands out the work of a run: files to open, then stretches of them to decode."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from threading import Condition
from typing import TYPE_CHECKING

from indexer.errors import VideoError
from indexer.ledger import Ledger
from indexer.pipeline.job import Item, Job, SharedLedger, Worker
from indexer.pipeline.progress import (
    Failed,
    Finished,
    Noticed,
    NotVideo,
    Recognised,
    Started,
    Subtitled,
    Unchanged,
)
from indexer.retry_policy import is_no_video, may_pass
from indexer.speech.transcript import Cue, Subtitles, transcript
from indexer.video import Video
from indexer.windows import Window

if TYPE_CHECKING:
    from indexer.media.timeline import Timeline

# No stretch is shorter than this: beginning one means finding a keyframe and opening the file.
_SHORTEST_STRETCH = 12


@dataclass(slots=True)
class Opened:
    """A file whose windows are being decoded; `left` counts its stretches not yet through.

    What is left of one that is `given_up` is not wanted any more.
    """

    video: Video
    timeline: Timeline | None
    said: Sequence[Cue]
    left: int
    given_up: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """Windows of one file, in order, that one worker decodes in one go."""

    file: Opened
    windows: Sequence[Window]


class Planner:
    """What is to be decoded next, for any number of threads.

    Stretches of files that are open come before further files; there are none before
    `share_out`. Files whose content another
    thread is decoding are left in `twins`, to be looked at afterwards.
    """

    def __init__(self, job: Job, ledger: SharedLedger) -> None:
        self._job = job
        self._ledger = ledger
        self._paths = iter(job.paths)
        self._stretches: deque[Stretch] = deque()
        self._opened: dict[str, Opened] = {}
        self._failed: set[str] = set()
        self._opening = 0
        self._claimed: set[str] = set()
        self._changed = Condition()
        self._stopped = False
        self._workers = 0
        self.twins: list[Path] = []

    def next(self) -> Path | Stretch | None:
        """Return what to do next, waiting while a file is being opened; None: no more."""
        with self._changed:
            while not self._stopped:
                if self._stretches:
                    return self._stretches.popleft()
                if (path := next(self._paths, None)) is not None:
                    self._opening += 1
                    return path
                if not self._opening:
                    break
                self._changed.wait()
            return None

    def share_out(self, workers: int) -> None:
        """From now on let files be decoded, each in stretches for so many workers."""
        with self._changed:
            self._workers = workers
            self._changed.notify_all()

    def stop(self) -> None:
        """Hand out nothing more."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def open(self, path: Path, worker: Worker) -> Iterator[Item]:
        """Find out what is to be done of a file, and let its stretches be decoded."""
        try:
            yield from self._open(path, worker)
        finally:
            with self._changed:
                self._opening -= 1
                self._changed.notify_all()

    def through(self, file: Opened, error: str = "") -> Iterator[Item]:
        """Say what comes of a file now that a stretch of it is through, or broke with an error."""
        with self._changed:
            file.left -= 1
            failed = file.video.fingerprint in self._failed
            first_error = bool(error) and not failed
            if first_error:
                self._failed.add(file.video.fingerprint)
            whole = not file.left and not failed and not error
            if not file.left:
                self._opened.pop(file.video.fingerprint, None)
        if first_error:
            yield self._fail(file.video.path, file.video.fingerprint, error)
        if whole:
            yield Finished(file.video)

    def give_up(self, video: Video, error: str) -> Iterator[NotVideo | Failed]:
        """Let nothing more be decoded of a video that cannot be described, and say that once."""
        with self._changed:
            known = video.fingerprint in self._failed
            self._failed.add(video.fingerprint)
            if (file := self._opened.get(video.fingerprint)) is not None:
                file.given_up = True
                self._stretches = deque(each for each in self._stretches if each.file is not file)
        if not known:
            yield self._fail(video.path, video.fingerprint, error)

    def _open(self, path: Path, worker: Worker) -> Iterator[Item]:
        known = self._known(path)
        if known is not None:
            yield known
            if isinstance(known, Unchanged):
                yield from self._subtitle_anew(path, worker)
            return
        try:
            video = worker.probe(path)
        except VideoError as error:
            yield self._fail(path, "", str(error))
            return
        with self._ledger as ledger:
            if self._is_done(video, ledger):
                before = ledger.file(path)
                moved = ledger.link(path, video.fingerprint, video.size_bytes, video.mtime_ns)
                same = before is not None and before.fingerprint == video.fingerprint
                yield Unchanged(path) if same else Recognised(path, moved)
                return
        with self._changed:
            if video.fingerprint in self._claimed:
                self.twins.append(path)
                return
            self._claimed.add(video.fingerprint)
        yield from self._begin(video, worker)

    def _subtitle_anew(self, path: Path, worker: Worker) -> Iterator[Item]:
        """Read a described video's subtitles again where a language is asked for."""
        job = self._job
        if not (job.renews_subtitles and job.subtitles and job.languages.asked):
            return
        with self._ledger as ledger:
            record = ledger.file(path)
        worker.go_on(path, None)
        said = worker.subtitles(job.languages)
        yield from (Noticed(path, note) for note in said.notes)
        if record and (windows := self._let_say(record.fingerprint, said.cues)):
            yield Subtitled(path, windows)

    def _let_say(self, fingerprint: str, said: Sequence[Cue]) -> int:
        """Let a video's windows say this; not nothing, for then what they say is from elsewhere."""
        if not said:
            return 0
        with self._ledger as ledger:
            return ledger.subtitle(fingerprint, lambda window: transcript(said, window))

    def _known(self, path: Path) -> Unchanged | NotVideo | Failed | None:
        """Return what to say of a file that has not changed since it was done or failed."""
        try:
            stat = path.stat()
        except OSError as error:
            return Failed(path, f"{error.strerror or error}")
        with self._ledger as ledger:
            record = ledger.file(path)
        if record is None or (record.size_bytes, record.mtime_ns) != (
            stat.st_size,
            stat.st_mtime_ns,
        ):
            return None
        if record.error:
            if self._job.retry(path) or may_pass(record.error):
                return None
            if is_no_video(record.error):
                return NotVideo(path, known=True)
            return Failed(path, record.error)
        return Unchanged(path) if self._job.enough(record.recipe_key) else None

    def _is_done(self, video: Video, ledger: Ledger) -> bool:
        """Whether nothing is to be described of a content."""
        if self._job.enough(ledger.complete(video.fingerprint)):
            return True
        return self._job.first_look and ledger.begun_otherwise(video.fingerprint, self._job.recipe)

    def _begin(self, video: Video, worker: Worker) -> Iterator[Item]:
        recipe = self._job.recipe
        with self._ledger as ledger:
            done = ledger.begin(video, recipe)
        windows = video.windows(recipe.window_ms, recipe.stride_ms)
        todo = [window for window in windows if window not in done]
        yield Started(video, len(todo), len(done))
        if not todo:
            yield Finished(video)
            return
        timeline = worker.timeline
        said = worker.subtitles(self._job.languages) if self._job.subtitles else Subtitles()
        yield from (Noticed(video.path, note) for note in said.notes)
        if done and self._job.languages.asked:
            self._let_say(video.fingerprint, said.cues)
        splittable = timeline is None or timeline.seekable
        with self._changed:
            self._changed.wait_for(lambda: self._workers or self._stopped)
            parts = stretches(todo, self._workers if splittable else 1)
            file = Opened(video, timeline, said.cues, len(parts))
            self._opened[video.fingerprint] = file
            self._stretches.extend(Stretch(file, part) for part in parts)
            self._changed.notify_all()

    def _fail(self, path: Path, fingerprint: str, error: str) -> NotVideo | Failed:
        if self._stopped:
            return Failed(path, error)  # the decoder was ended: the file is not to blame
        with suppress(OSError):
            stat = path.stat()
            with self._ledger as ledger:
                ledger.fail(path, fingerprint, stat.st_size, stat.st_mtime_ns, error)
        return NotVideo(path, known=False) if is_no_video(error) else Failed(path, error)


def stretches(windows: Sequence[Window], workers: int) -> list[Sequence[Window]]:
    """Cut windows into at most `workers` stretches of about equal length, none of them short."""
    parts = max(1, min(workers, len(windows) // _SHORTEST_STRETCH))
    ends = [len(windows) * part // parts for part in range(parts + 1)]
    return [windows[start:end] for start, end in pairwise(ends)]
