"""Decode → describe → ledger, overlapped: decoders run ahead of the model, keeping runs behind."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from time import monotonic

from indexer.describe import Describer, Segment
from indexer.feed import Feed
from indexer.job import Item, Job, Seen, SharedLedger
from indexer.keeper import Keeper, Parcel
from indexer.ledger import Ledger
from indexer.progress import Batch, Described, Failed, Finished, Progress, Started, Unchanged
from indexer.stages import DESCRIBING, LOADING, NO_FRAMES
from indexer.video import Video

# Work at risk when the power goes: what was described since the last commit to the ledger.
KEEP_AFTER_S = 10.0
KEEP_AT_WINDOWS = 256


def run(job: Job, ledger: Ledger) -> Generator[Progress, None, None]:
    """Index the job's files, yielding what happens as it happens.

    One bad file is one `Failed` and the rest go on. Closing the iterator, or an interrupt,
    stops the decoders at once and keeps every window described so far.

    Raises:
        ScenelistError: the model cannot be loaded or the library not be written.
    """
    shared = SharedLedger(ledger)
    with Keeper(shared, job.recipe, job.stages) as keeper, Feed(job, shared) as feed:
        desk = _Desk(job, keeper)
        try:
            for item in _awaited(feed, job):
                match item:
                    case Seen():
                        yield from desk.add(item)
                    case Finished(video):
                        desk.finish(video)
                    case Started(todo=todo) if todo:
                        feed.serve(desk.load())
                        yield item
                    case Unchanged() | Started() | Failed():
                        yield item
                yield from keeper.finished()
            yield from desk.describe()
        finally:
            desk.keep()
    yield from keeper.finished()
    if feed.twins:
        yield from run(replace(job, paths=feed.twins), ledger)


def _awaited(feed: Feed, job: Job) -> Iterator[Item]:
    """Yield what the feed gives, counting the time spent waiting for it."""
    items = iter(feed)
    while True:
        with job.stages.at(NO_FRAMES):
            item = next(items, None)
        if item is None:
            return
        yield item


class _Desk:
    """Gathers windows into batches, has them described, and passes the words on in time."""

    def __init__(self, job: Job, keeper: Keeper) -> None:
        self._describer = job.describer
        self._stages = job.stages
        self._keeper = keeper
        self._seen: list[Seen] = []
        self._described: list[tuple[Video, Segment]] = []
        self._ended: list[Video] = []
        self._kept_at = monotonic()

    def load(self) -> Describer:
        """Return the describer, loading it the first time."""
        with self._stages.at(LOADING):
            return self._describer()

    def add(self, seen: Seen) -> Iterator[Progress]:
        """Take a decoded window; describe when there is a batch, keep when it is time."""
        self._seen.append(seen)
        if len(self._seen) >= self._describer().batch_size:
            yield from self.describe()
            if monotonic() - self._kept_at > KEEP_AFTER_S or len(self._described) > KEEP_AT_WINDOWS:
                self.keep()

    def finish(self, video: Video) -> None:
        """Note that all of a video's windows have come."""
        self._ended.append(video)
        if len(self._ended) > KEEP_AT_WINDOWS:
            self.keep()

    def describe(self) -> Iterator[Progress]:
        """Describe what has gathered."""
        if not self._seen:
            return
        describer = self._describer()
        with self._stages.at(DESCRIBING):
            texts = describer.describe([seen.clip for seen in self._seen])
        described = [
            (seen.video, Segment(seen.clip.window, text, seen.transcript))
            for seen, text in zip(self._seen, texts, strict=True)
        ]
        self._described += described
        self._seen.clear()
        for video, segment in described:
            yield Described(video, segment)
        yield Batch(len(described))

    def keep(self) -> None:
        """Have kept what has been described; videos end that have no window pending."""
        waiting = {seen.video.fingerprint for seen in self._seen}
        ended = [video for video in self._ended if video.fingerprint not in waiting]
        if self._described or ended:
            self._keeper.give(Parcel(self._described, ended))
        self._described = []
        self._ended = [video for video in self._ended if video.fingerprint in waiting]
        self._kept_at = monotonic()
