"""What an indexing run would do, before it is begun."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from indexer.errors import VideoError
from indexer.ledger import FileRecord
from indexer.pipeline.job import Job
from indexer.retry_policy import is_no_video, may_pass
from indexer.windows import Window, windows_of


@dataclass(slots=True)
class Outlook:
    """The files of a run by what is to become of them, and the video in those to be described.

    `new` are not known or have changed, `other` are described under another recipe, `failed`
    failed before and have not changed, `no_video` have no picture; `video_ms` and `windows` are
    those of `new` and `other` whose length their header tells.
    """

    new: list[Path] = field(default_factory=list)
    other: list[Path] = field(default_factory=list)
    unchanged: int = 0
    failed: int = 0
    no_video: int = 0
    video_ms: int = 0
    windows: int = 0

    @property
    def todo(self) -> list[Path]:
        """The files that would be described, in full or in part."""
        return self.new + self.other


class Fate(Enum):
    """What becomes of a file in a run; see `Outlook`."""

    NEW = "new"
    OTHER = "other"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    NO_VIDEO = "no video"


Remembered = Callable[[Path], FileRecord | None]


def survey(job: Job, remembered: Remembered) -> Outlook:
    """Sort a job's files by what a run would do with them; `remembered` is a ledger's `file`.

    Of files to be described only the headers are read.
    """
    outlook = Outlook()
    for path in job.paths:
        what = fate(path, job, remembered)
        if what is Fate.FAILED:
            outlook.failed += 1
        elif what is Fate.NO_VIDEO:
            outlook.no_video += 1
        elif what is Fate.UNCHANGED:
            outlook.unchanged += 1
        else:
            (outlook.other if what is Fate.OTHER else outlook.new).append(path)
            if length_ms := _length_ms(path):
                span, recipe = Window(0, length_ms), job.recipe
                outlook.video_ms += length_ms
                outlook.windows += len(windows_of(span, recipe.window_ms, recipe.stride_ms))
    return outlook


def fate(path: Path, job: Job, remembered: Remembered) -> Fate:
    """Return what would become of a file, from its status on disk and what is remembered of it."""
    try:
        stat = path.stat()
    except OSError:
        return Fate.FAILED
    record = remembered(path)
    facts = (stat.st_size, stat.st_mtime_ns)
    if record is None or (record.size_bytes, record.mtime_ns) != facts:
        return Fate.NEW
    if record.error and not (job.retry(path) or may_pass(record.error)):
        return Fate.NO_VIDEO if is_no_video(record.error) else Fate.FAILED
    if not record.error and job.enough(record.recipe_key):
        return Fate.UNCHANGED
    return Fate.OTHER if record.recipe_key not in {"", job.recipe.key} else Fate.NEW


def _length_ms(path: Path) -> int:
    """Return how long a file says it is, in ms; 0 where it does not, or cannot be opened."""
    from indexer.media.timeline import claimed_length_ms

    try:
        return claimed_length_ms(path)
    except VideoError:
        return 0
