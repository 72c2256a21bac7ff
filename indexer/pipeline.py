"""Decode → describe → ledger, overlapped: decoding runs ahead while the model works."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from time import monotonic

from indexer.describe import Segment
from indexer.feed import Feed, Job, Seen, SharedLedger
from indexer.ledger import Ledger
from indexer.progress import Described, Failed, Finished, Progress, Started, Unchanged
from indexer.stages import DESCRIBING, KEEPING
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
    desk = _Desk(job, shared)
    with Feed(job, shared) as feed:
        try:
            for item in feed:
                match item:
                    case Seen():
                        yield from desk.add(item)
                    case Finished(video):
                        yield from desk.finish(video)
                    case Unchanged() | Started() | Failed():
                        yield item
            yield from desk.describe()
        finally:
            desk.keep()
    yield from desk.finished()
    if feed.twins:
        yield from run(replace(job, paths=feed.twins), ledger)


class _Desk:
    """Gathers windows into batches, has them described, and keeps the words in time."""

    def __init__(self, job: Job, ledger: SharedLedger) -> None:
        self._recipe = job.recipe
        self._ledger = ledger
        self._describer = job.describer
        self._stages = job.stages
        self._seen: list[Seen] = []
        self._described: list[tuple[Video, Segment]] = []
        self._ended: list[Video] = []
        self._finished: list[Finished] = []
        self._kept_at = monotonic()

    def add(self, seen: Seen) -> Iterator[Progress]:
        """Take a decoded window; describe when there is a batch, keep when it is time."""
        self._seen.append(seen)
        if len(self._seen) >= self._describer().batch_size:
            yield from self.describe()
            if monotonic() - self._kept_at > KEEP_AFTER_S or len(self._described) > KEEP_AT_WINDOWS:
                self.keep()
        yield from self.finished()

    def finish(self, video: Video) -> Iterator[Progress]:
        """Note that all of a video's windows have come."""
        self._ended.append(video)
        if len(self._ended) > KEEP_AT_WINDOWS:
            self.keep()
        yield from self.finished()

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

    def keep(self) -> None:
        """Commit what has been described, and finish the videos that have no window pending."""
        by_video: dict[str, tuple[Video, list[Segment]]] = {}
        for video, segment in self._described:
            by_video.setdefault(video.fingerprint, (video, []))[1].append(segment)
        waiting = {seen.video.fingerprint for seen in self._seen}
        with self._stages.at(KEEPING), self._ledger as ledger:
            for video, segments in by_video.values():
                ledger.put(video, self._recipe, segments)
            self._described.clear()
            for video in [v for v in self._ended if v.fingerprint not in waiting]:
                ledger.finish(video, self._recipe)
                self._ended.remove(video)
                self._finished.append(Finished(video))
        self._kept_at = monotonic()

    def finished(self) -> Iterator[Progress]:
        """Yield the videos finished since last asked."""
        yield from self._finished
        self._finished.clear()
