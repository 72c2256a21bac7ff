"""What an indexing run would do and how long it would take, before it is begun."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from time import perf_counter

from indexer.describe import Recipe
from indexer.errors import VideoError
from indexer.feed import Job, Worker
from indexer.ledger import FileRecord
from indexer.windows import Window, tile

# A trial ends after this long or this many batches, whichever comes first; the first one warms up.
_TRIAL_S = 20.0
_TRIAL_BATCHES = 3


@dataclass(slots=True)
class Outlook:
    """The files of a run by what is to become of them, and the video in those to be described.

    `new` are not known or have changed, `other` are described under another recipe, `failed`
    failed before and have not changed; `video_ms` and `windows` are those of `new` and `other`
    whose length their header tells.
    """

    new: list[Path] = field(default_factory=list)
    other: list[Path] = field(default_factory=list)
    unchanged: int = 0
    failed: int = 0
    video_ms: int = 0
    windows: int = 0

    @property
    def todo(self) -> list[Path]:
        """The files that would be described, in full or in part."""
        return self.new + self.other


def survey(
    paths: Iterable[Path],
    recipe: Recipe,
    remembered: Callable[[Path], FileRecord | None],
    retry: Callable[[Path], bool],
) -> Outlook:
    """Sort files by what a run would do with them; `remembered` is a ledger's `file`.

    Of files to be described only the headers are read.
    """
    outlook = Outlook()
    for path in paths:
        try:
            stat = path.stat()
        except OSError:
            outlook.failed += 1
            continue
        record = remembered(path)
        known = record is not None and (record.size_bytes, record.mtime_ns) == (
            stat.st_size,
            stat.st_mtime_ns,
        )
        if record is not None and known and record.error and not retry(path):
            outlook.failed += 1
            continue
        if record is not None and known and not record.error and record.recipe_key == recipe.key:
            outlook.unchanged += 1
            continue
        redone = record is not None and known and record.recipe_key not in {"", recipe.key}
        (outlook.other if redone else outlook.new).append(path)
        length_ms = _length_ms(path)
        if length_ms:
            outlook.video_ms += length_ms
            outlook.windows += len(tile(Window(0, length_ms), recipe.window_ms, recipe.stride_ms))
    return outlook


def _length_ms(path: Path) -> int:
    """Return how long a file says it is, in ms; 0 where it does not, or cannot be opened."""
    import av
    import av.error

    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            return max(0, (container.duration or 0) // 1000)
    except (av.error.FFmpegError, OSError, ValueError):
        return 0


def trial(job: Job, paths: Iterable[Path]) -> float | None:
    """Return how many seconds a window of these files takes on this machine; None: none can be.

    Loads the model, then decodes and describes some windows of the first readable file, as the
    run itself would; nothing is kept.

    Raises:
        ModelError: the model cannot be loaded.
    """
    worker = job.worker()
    try:
        for path in paths:
            with suppress(VideoError):
                return _timed(job, worker, path)
        return None
    finally:
        worker.close()


def _timed(job: Job, worker: Worker, path: Path) -> float:
    """Return the seconds a window of one file takes; the first batch, which warms up, aside."""
    windows = worker.probe(path).windows(job.recipe.window_ms, job.recipe.stride_ms)
    describer = job.describer()
    clips = worker.clips(windows, job.recipe.frames, describer.edge)
    rates: list[float] = []
    start = began = perf_counter()
    while batch := list(islice(clips, describer.batch_size)):
        describer.describe(batch)
        now = perf_counter()
        rates.append((now - began) / len(batch))
        if len(rates) > _TRIAL_BATCHES or now - start > _TRIAL_S:
            break
        began = now
    if not rates:
        raise VideoError("it has no windows")
    return min(rates[1:] or rates)
