"""Tries how long describing takes on this machine: a few windows of a run's files, timed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from time import perf_counter

from indexer.describing.describer import Describer
from indexer.errors import VideoError
from indexer.media.clip import Clip
from indexer.pipeline.estimate import Outlook
from indexer.pipeline.job import Job, Worker
from indexer.processes.background import Aside
from indexer.processes.cpu_share import OthersShare
from indexer.windows import Window

# A trial ends after this long or this many batches, whichever comes first.
_TRIAL_S = 20.0
_TRIAL_BATCHES = 3
# Where others take more of the machine than this, how long a run takes is up to them.
_BUSY = 0.25
# However busy it is now, a run of hours gets at least a tenth of it.
_MOST_OTHERS = 0.9


@dataclass(frozen=True, slots=True)
class Trial:
    """What some windows of a run's files took: seconds a window, the quickest and slowest batch.

    `opening_s` is what opening files took for each second of video. Other programs had the share
    `others` (0 to 1) of the machine meanwhile.
    """

    least_s: float
    most_s: float
    opening_s: float
    others: float

    @property
    def busy(self) -> bool:
        """Whether the machine had so much else to do that this says little about a whole run."""
        return self.others > _BUSY

    def takes(self, outlook: Outlook) -> tuple[float, float]:
        """Return how many seconds a run takes, at least (the machine to itself) and at most."""
        opening_s = self.opening_s * outlook.video_ms / 1000
        least_s = outlook.windows * self.least_s + opening_s
        alone = 1 - min(self.others, _MOST_OTHERS) if self.busy else 1.0
        return least_s * alone, outlook.windows * self.most_s + opening_s


def trial(job: Job, paths: Iterable[Path]) -> Trial | None:
    """Describe some windows of the first readable files, as a run would; None: none can be read.

    Nothing is kept. The first batch is described twice, for the first time warms up what a whole
    run finds warm.

    Raises:
        ModelError: the model cannot be loaded.
    """
    worker, aside = job.worker(), Aside()
    try:
        return _timed(_Clips(job, worker, aside, paths), aside)
    finally:
        worker.close()
        aside.close()


class _Clips:
    """The clips of files, one file after the other; what else that takes is counted apart."""

    def __init__(self, job: Job, worker: Worker, aside: Aside, paths: Iterable[Path]) -> None:
        self._job, self._worker, self._aside, self._paths = job, worker, aside, paths
        self._loaded: Describer | None = None
        self.opening_s = self.apart_s = self.video_s = 0.0

    @property
    def describer(self) -> Describer:
        """Who describes; there once a file has been opened."""
        assert self._loaded is not None
        return self._loaded

    def __iter__(self) -> Iterator[Clip]:
        recipe, worker = self._job.recipe, self._worker
        for path in self._paths:
            with suppress(VideoError):
                windows = self._open(path)
                edge, square = self.describer.edge, self.describer.square
                yield from worker.clips(windows, recipe.frames, edge, square)

    def _open(self, path: Path) -> list[Window]:
        """Open a file and load who describes it; raises VideoError."""
        began = perf_counter()
        try:
            if self._loaded is None:
                self._worker.length_ms(path)  # its process has to start
            ready = perf_counter()
            video = self._worker.probe(path)
            self.opening_s += perf_counter() - ready
            self.video_s += video.span.length_ms / 1000
            if self._loaded is None:
                self._loaded = self._aside.do(self._job.describer)
            recipe = self._job.recipe
            return video.windows(recipe.window_ms, recipe.stride_ms)
        finally:
            self.apart_s += perf_counter() - began


def _timed(clips: _Clips, aside: Aside) -> Trial | None:
    others, rates = OthersShare(), list[float]()
    start = began = perf_counter()
    incoming = iter(clips)
    apart_s = 0.0
    while first := next(incoming, None):
        describer = clips.describer
        batch = [first, *islice(incoming, describer.batch_size - 1)]
        decoding_s = perf_counter() - began - (clips.apart_s - apart_s)
        describing_s = _took(aside, describer, batch)
        if not rates and describing_s < _TRIAL_S / 2:
            describing_s = _took(aside, describer, batch)
        rates.append((decoding_s + describing_s) / len(batch))
        began, apart_s = perf_counter(), clips.apart_s
        if len(rates) >= _TRIAL_BATCHES or began - start > _TRIAL_S:
            break
    if not rates:
        return None
    return Trial(min(rates), max(rates), clips.opening_s / max(1e-3, clips.video_s), others())


def _took(aside: Aside, describer: Describer, batch: list[Clip]) -> float:
    """Return the seconds that a batch takes to be described."""
    began = perf_counter()
    aside.do(partial(describer.describe, batch))
    return perf_counter() - began
