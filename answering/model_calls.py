"""Has stretches of videos looked at by the model: decoded ahead, asked about in batches."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import TypeVar

from answering.answer_merging import Reply
from answering.clip_cache import ClipCache, Look
from indexer.describing.describer import Answerer, Picture
from indexer.errors import VideoError
from indexer.media.clip import Clip
from indexer.processes.background import Aside

_Result = TypeVar("_Result")
Results = Generator[tuple[Look, _Result | VideoError], None, None]


class ModelCalls:
    """A model and what it looks through; one question after another, whichever thread asks.

    Results come in the order of the looks, each as soon as its batch is through; closing an
    iterator ends its decoder and asks no more. Where a video cannot be read the result is why.
    """

    def __init__(self, describer: Answerer, clips: ClipCache) -> None:
        self._describer = describer
        self._clips = clips
        self._aside = Aside()

    @property
    def batch_size(self) -> int:
        """How many questions the model likes at a time."""
        return self._describer.batch_size

    def likelihoods(self, looks: Sequence[Look], questions: Sequence[str]) -> Results[list[float]]:
        """Yield for each look how likely yes is to each of the questions."""

        def ask(clips: Sequence[Clip]) -> list[list[float]]:
            # A clip's questions follow each other, so that its frames are looked at once.
            repeated = [clip for clip in clips for _ in questions]
            likely = self._describer.likelihoods(repeated, [*questions] * len(clips))
            size = len(questions)
            return [likely[i : i + size] for i in range(0, len(likely), size)]

        return self._in_batches(looks, ask, max(1, self.batch_size // len(questions)))

    def replies(
        self, looks: Sequence[Look], gate: str, question: str, least: float
    ) -> Results[Reply]:
        """Yield for each look how likely yes is to `gate`, and where it is so the answer.

        `least` is how likely it must be; without a gate every look is answered about, and without
        a question none.
        """

        def ask(clips: Sequence[Clip]) -> list[Reply]:
            likely = self._describer.likelihoods(clips, [gate] * len(clips)) if gate else []
            there = [
                number
                for number in range(len(clips))
                if question and (not gate or likely[number] >= least)
            ]
            said = self._describer.answer([clips[i] for i in there], [question] * len(there))
            texts = dict(zip(there, said, strict=True))
            return [
                Reply(clip.window, likely[number] if gate else None, texts.get(number))
                for number, clip in enumerate(clips)
            ]

        return self._in_batches(looks, ask, self.batch_size)

    def answer_pictures(self, pictures: Sequence[Picture], question: str) -> str:
        """Return the answer to a question about several pictures together."""
        return self._aside.do(lambda: self._describer.answer_pictures(pictures, question))

    def complete(self, request: str) -> str:
        """Return the answer to a request that is text alone."""
        return self._aside.do(lambda: self._describer.complete([request]))[0]

    def close(self) -> None:
        """Let the model's thread and the decoders end."""
        self._aside.close()
        self._clips.close()

    def _in_batches(
        self, looks: Sequence[Look], ask: Callable[[Sequence[Clip]], list[_Result]], size: int
    ) -> Results[_Result]:
        waiting: list[tuple[Look, Clip]] = []

        def asked() -> Iterator[tuple[Look, _Result | VideoError]]:
            if not waiting:
                return
            clips = [clip for _, clip in waiting]
            results = self._aside.do(lambda: ask(clips))
            for (look, _), result in zip(waiting, results, strict=True):
                yield look, result
            waiting.clear()

        with closing(self._clips.clips(looks)) as coming:
            for look, clip in coming:
                if isinstance(clip, VideoError):
                    yield from asked()
                    yield look, clip
                    continue
                waiting.append((look, clip))
                if len(waiting) == size:
                    yield from asked()
            yield from asked()
