"""Gathers windows into batches, has them described, and passes the words on in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import Self

from indexer.describing.describer import Describer, PartlyDescribedError
from indexer.errors import VideoError
from indexer.media.clip import Clip
from indexer.pipeline.commit import Keeper, Parcel
from indexer.pipeline.job import Job, Seen, Still
from indexer.pipeline.progress import Batch, Described, Progress
from indexer.pipeline.timings import DESCRIBING, LOADING
from indexer.processes.background import Aside
from indexer.segments import Segment
from indexer.video import Video
from indexer.windows import Window

# Work at risk when the power goes: what was described since the last commit to the ledger.
KEEP_AFTER_S = 10.0
KEEP_AT_WINDOWS = 256


class Desk:
    """What has been seen and waits for its words, and what has them and waits to be kept.

    A still window gets its words with or after the one that it is the same as, and goes into the
    same parcel or a later one: what is kept never lacks its source. `begun` says that a batch has
    been described. Of a video that cannot be described, what has come so far is kept;
    `give_up` is told, and says what is to be reported.
    """

    def __init__(
        self,
        job: Job,
        keeper: Keeper,
        give_up: Callable[[Video, str], Iterator[Progress]],
    ) -> None:
        self._give_up = give_up
        self._given_up: set[str] = set()
        self._describer = job.describer
        self._stages = job.stages
        self._keeper = keeper
        self._aside = Aside()
        self._pending: list[Seen | Still] = []
        self._to_look_at = 0
        self._taken_over = 0
        self.begun = False
        self._described: list[tuple[Video, Segment]] = []
        self._ended: list[Video] = []
        self._words: dict[str, dict[Window, str]] = {}
        self._skip_still = job.recipe.skip_still
        self._kept_at = monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._aside.close()
        self.keep()

    def load(self) -> Describer:
        """Return the describer, loading it the first time."""
        with self._stages.at(LOADING):
            return self._aside.do(self._describer)

    def add(self, item: Seen | Still) -> Iterator[Progress]:
        """Take a decoded window; describe when there is a batch, keep when it is time."""
        if item.video.fingerprint in self._given_up:
            return
        if isinstance(item, Still) and self._is_told(item):
            yield from self._take_over(item)
        else:
            self._pending.append(item)
            self._to_look_at += isinstance(item, Seen)
        full = self._to_look_at >= self._describer().batch_size
        if full or len(self._pending) - self._to_look_at >= KEEP_AT_WINDOWS:
            yield from self.describe()
        if monotonic() - self._kept_at > KEEP_AFTER_S or len(self._described) > KEEP_AT_WINDOWS:
            self.keep()

    def finish(self, video: Video) -> None:
        """Note that all of a video's windows have come."""
        if video.fingerprint not in self._given_up:
            self._ended.append(video)
        if len(self._ended) > KEEP_AT_WINDOWS:
            self.keep()

    def describe(self) -> Iterator[Progress]:
        """Describe what has gathered."""
        if not self._pending:
            return
        self.begun = True
        describer = self._describer()
        clips = [item.clip for item in self._pending if isinstance(item, Seen)]
        with self._stages.at(DESCRIBING):
            results = iter(self._results(describer, clips))
        broken: dict[str, tuple[Video, str]] = {}
        described = []
        for item in self._pending:
            result = next(results) if isinstance(item, Seen) else ""
            if isinstance(result, VideoError):
                broken.setdefault(item.video.fingerprint, (item.video, str(result)))
            elif isinstance(item, Seen) or self._is_told(item):
                described.append((item.video, self._segment(item, result)))
        self._described += described
        self._pending.clear()
        self._to_look_at = 0
        for video, segment in described:
            yield Described(video, segment)
        for video, error in broken.values():
            self._given_up.add(video.fingerprint)
            self._ended = [each for each in self._ended if each.fingerprint != video.fingerprint]
            yield from self._give_up(video, error)
        if count := len(described) + self._taken_over:
            yield Batch(count)
        self._taken_over = 0

    def keep(self) -> None:
        """Have kept what has been described; videos end that have no window pending."""
        waiting = {item.video.fingerprint for item in self._pending}
        ended = [video for video in self._ended if video.fingerprint not in waiting]
        if self._described or ended:
            self._keeper.give(Parcel(self._described, ended))
        for video in ended:
            self._words.pop(video.fingerprint, None)
        self._described = []
        self._ended = [video for video in self._ended if video.fingerprint in waiting]
        self._kept_at = monotonic()

    def _results(self, describer: Describer, clips: Sequence[Clip]) -> Sequence[str | VideoError]:
        """Have clips described: words, or what is wrong with a file, in order."""
        try:
            return self._aside.do(lambda: describer.describe(clips))
        except PartlyDescribedError as partly:
            return partly.results

    def _is_told(self, still: Still) -> bool:
        """Whether the window that another one is the same as has its words."""
        return still.same_as in self._words.get(still.video.fingerprint, {})

    def _take_over(self, still: Still) -> Iterator[Progress]:
        """Give a window the words of one that is described; as many as a batch count as one."""
        segment = self._segment(still, "")
        self._described.append((still.video, segment))
        self._taken_over += 1
        yield Described(still.video, segment)
        if self._taken_over >= self._describer().batch_size:
            yield Batch(self._taken_over)
            self._taken_over = 0

    def _segment(self, item: Seen | Still, text: str) -> Segment:
        """Return a window with its words: those given, or those of the one it is the same as."""
        words = self._words.setdefault(item.video.fingerprint, {}) if self._skip_still else {}
        if isinstance(item, Still):
            same = item.same_as
            return Segment(item.window, words[same], item.transcript, same.start_ms)
        words[item.clip.window] = text
        return Segment(item.clip.window, text, item.transcript)
