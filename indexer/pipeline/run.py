"""Decode → describe → ledger, overlapped: decoders run ahead of the model, keeping runs behind."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace

from indexer.ledger import Ledger
from indexer.media.readers.reader import FrameSize
from indexer.pipeline.batching import Desk
from indexer.pipeline.commit import Keeper
from indexer.pipeline.job import Item, Job, Seen, SharedLedger, Still
from indexer.pipeline.prefetch import Feed
from indexer.pipeline.progress import Finished, Progress, Started
from indexer.pipeline.timings import NO_FRAMES


def run(job: Job, ledger: Ledger) -> Generator[Progress, None, None]:
    """Index the job's files, yielding what happens as it happens.

    One bad file is one `Failed` and the rest go on. Closing the iterator, or an interrupt,
    stops the decoders at once and keeps every window described so far.

    Raises:
        ScenelistError: the model cannot be loaded or the library not be written.
    """
    shared = SharedLedger(ledger, job.lock)
    early = job.describer.frame_size is not None
    with (
        Keeper(shared, job.recipe, job.stages) as keeper,
        Feed(job, shared) as feed,
        Desk(job, keeper, feed.give_up) as desk,
    ):
        for item in _awaited(feed, job):
            match item:
                case Seen() | Still():
                    yield from desk.add(item)
                    if early and not desk.begun and feed.empty:
                        yield from desk.describe()  # a small batch now, while more are decoded
                case Finished(video):
                    desk.finish(video)
                case Started(todo=todo) if todo:
                    _load(job, feed, desk)
                    yield item
                case _:
                    yield item
            yield from keeper.finished()
        yield from desk.describe()
    yield from keeper.finished()
    if feed.twins:
        yield from run(replace(job, paths=feed.twins), ledger)


def _load(job: Job, feed: Feed, desk: Desk) -> None:
    """Load the describer, decoding for it meanwhile where it is known what it wants."""
    if (size := job.describer.frame_size) is not None:
        feed.serve(size)
    describer = desk.load()
    feed.keep_ready(describer.batch_size)
    feed.serve(FrameSize(describer.edge, describer.square))


def _awaited(feed: Feed, job: Job) -> Iterator[Item]:
    """Yield what the feed gives, counting the time spent waiting for it."""
    items = iter(feed)
    while True:
        with job.stages.at(NO_FRAMES):
            item = next(items, None)
        if item is None:
            return
        yield item
