"""Windows are described in batches, and kept with the words they take over."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.describing.describer import OnDemand, PartlyDescribedError
from indexer.describing.fake_describer import FakeDescriber
from indexer.errors import VideoError
from indexer.media.clip import Clip
from indexer.pipeline.batching import Desk
from indexer.pipeline.commit import Keeper
from indexer.pipeline.job import Job, Seen, SharedLedger, Still
from indexer.pipeline.progress import Batch, Described, Failed, Progress
from indexer.segments import Segment
from indexer.video import Video
from indexer.windows import Window
from tests.doubles import RECIPE, DrawnWorker, MemoryLedger

VIDEO = Video(Path("a.mp4"), "a", 1, 1, 100_000, Window(0, 100_000), 64, 48)
OTHER = replace(VIDEO, path=Path("b.mp4"), fingerprint="b")
RECIPE_OF_STILLS = replace(RECIPE, skip_still=True)


class Numbering(FakeDescriber):
    """Says of a window when it begins; what begins at a second of `broken` cannot be described."""

    def __init__(self, batch_size: int, *broken: int) -> None:
        super().__init__(batch_size)
        self.broken = broken
        self.batches: list[list[int]] = []

    def describe(self, clips: Sequence[Clip]) -> list[str]:
        starts = [clip.window.start_ms // 1_000 for clip in clips]
        self.batches.append(starts)
        if set(starts) & set(self.broken):
            raise PartlyDescribedError(
                [VideoError("no") if at in self.broken else f"At {at}." for at in starts]
            )
        return [f"At {at}." for at in starts]


def window(number: int) -> Window:
    return Window(10_000 * number, 10_000 * (number + 1))


def seen(number: int, video: Video = VIDEO) -> Seen:
    start_ms = window(number).start_ms
    return Seen(video, Clip(window(number), (start_ms,), np.zeros((1, 8, 8, 3), np.uint8)), "said")


def still(number: int, same_as: int) -> Still:
    return Still(VIDEO, window(number), "heard", window(same_as))


def given_up(video: Video, error: str) -> Iterator[Progress]:
    yield Failed(video.path, error)


def through(
    items: Sequence[Seen | Still], describer: Numbering, ledger: MemoryLedger
) -> list[list[Progress]]:
    """Return the news of each item in turn, then those of the rest; all is kept at the end."""
    job = Job([], RECIPE_OF_STILLS, DrawnWorker, OnDemand(lambda: describer))
    news = []
    with (
        Keeper(SharedLedger(ledger), RECIPE_OF_STILLS, job.stages) as keeper,
        Desk(job, keeper, given_up) as desk,
    ):
        news += [list(desk.add(item)) for item in items]
        for video in {item.video.fingerprint: item.video for item in items}.values():
            desk.finish(video)
        news.append(list(desk.describe()))
    return news


def kept(ledger: MemoryLedger, video: Video = VIDEO) -> list[Segment]:
    return list(ledger.segments.get((video.fingerprint, RECIPE_OF_STILLS.key), {}).values())


def test_nothing_is_described_before_a_batch_is_full_but_at_the_end_all_is() -> None:
    describer, ledger = Numbering(2), MemoryLedger()
    news = through([seen(0), seen(1), seen(2)], describer, ledger)
    assert describer.batches == [[0, 10], [20]]
    first, second = (Described(VIDEO, Segment(window(n), f"At {10 * n}.", "said")) for n in (0, 1))
    assert news[:3] == [[], [first, second, Batch(2)], []]
    assert [segment.window for segment in kept(ledger)] == [window(n) for n in range(3)]
    assert ledger.done == {"a": RECIPE_OF_STILLS.key}


def test_a_still_window_takes_over_words_and_says_whose() -> None:
    describer, ledger = Numbering(2), MemoryLedger()
    news = through([seen(0), still(1, 0), seen(2), still(3, 2), still(4, 0)], describer, ledger)
    assert describer.batches == [[0, 20]], "what is still is not looked at"
    assert news[1] == [], "its words are still to come"
    assert kept(ledger) == [
        Segment(window(0), "At 0.", "said"),
        Segment(window(1), "At 0.", "heard", 0),
        Segment(window(2), "At 20.", "said"),
        Segment(window(3), "At 20.", "heard", 20_000),
        Segment(window(4), "At 0.", "heard", 0),
    ]


def test_as_many_as_a_batch_taken_over_count_as_one() -> None:
    news = through(
        [seen(0), seen(1), *(still(n, 0) for n in range(2, 6))], Numbering(2), MemoryLedger()
    )
    batches = [[item for item in each if isinstance(item, Batch)] for each in news]
    assert batches == [[], [Batch(2)], [], [Batch(2)], [], [Batch(2)], []]


def test_a_video_that_cannot_be_described_is_given_up_once_and_no_other() -> None:
    describer, ledger = Numbering(2, 10, 30), MemoryLedger()
    items = [seen(0), seen(1), seen(2, OTHER), seen(3), seen(4), seen(5, OTHER)]
    news = [item for each in through(items, describer, ledger) for item in each]
    assert [item for item in news if isinstance(item, Failed)] == [Failed(VIDEO.path, "no")]
    assert describer.batches == [[0, 10], [20, 50]], "nothing more of it is looked at"
    assert [segment.text for segment in kept(ledger)] == ["At 0."]
    assert [segment.text for segment in kept(ledger, OTHER)] == ["At 20.", "At 50."]
    assert ledger.done == {"b": RECIPE_OF_STILLS.key}, "it is not finished"


def test_what_was_described_before_a_bug_is_kept() -> None:
    class Buggy(Numbering):
        def describe(self, clips: Sequence[Clip]) -> list[str]:
            if self.batches:
                raise ZeroDivisionError
            return super().describe(clips)

    ledger = MemoryLedger()
    with pytest.raises(ZeroDivisionError):
        through([seen(0), seen(1)], Buggy(1), ledger)
    assert [segment.text for segment in kept(ledger)] == ["At 0."]
