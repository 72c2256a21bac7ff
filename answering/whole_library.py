"""Answers a question about a whole library: its best moments are looked at, each for itself."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import closing, suppress

from answering.answer_merging import Answer, Reply, Unseen, Watched, times_of
from answering.early_stopping import EarlyStopping
from answering.question_parsing import Question
from answering.stretch_answers import StretchAnswers
from indexer.errors import VideoError
from indexer.video import Video
from search.library import Library
from search.query.options import SearchOptions


class LibraryAnswers:
    """Answers from the moments of a library; below `hopeless` no more of one is looked at."""

    def __init__(
        self, library: Library, stretches: StretchAnswers, rounds: EarlyStopping, hopeless: float
    ) -> None:
        self._library = library
        self._stretches = stretches
        self._rounds = rounds
        self._hopeless = hopeless

    def answers(
        self, question: Question, options: SearchOptions, most: int
    ) -> Generator[Answer | Watched | Unseen, None, None]:
        """Yield what each of the `most` best moments answers, and how far looking has come."""
        moments = self._library.search(searched(question), most, options)
        rounds = self._rounds.of(
            moments,
            lambda looks: self._stretches.replies(looks, question),
            lambda replies, found: self._decided(replies, found, question),
        )
        with closing(rounds):
            for done, (number, seen, why) in enumerate(rounds, 1):
                video = moments[number].video
                if why:
                    yield Unseen(video.path, why)
                best = max((r for _, r in seen), key=lambda r: r.probability or 0.0, default=None)
                if best is not None and self._stretches.confirmed(best, question):
                    yield self._answer(question, video, best)
                yield Watched(done, len(moments))

    def _answer(self, question: Question, video: Video, reply: Reply) -> Answer:
        """Return the answer that one look gave."""
        window, text = reply.window, reply.text or "Yes."
        if question.kind == "when":
            with suppress(VideoError):  # what was seen was seen
                narrow = self._stretches.narrowed(video.path, window, [question.asked], apart=False)
                window = narrow or window
            text = times_of([window])
        return Answer(video, window.start_ms, window.end_ms, text, reply.probability)

    def _decided(self, replies: Sequence[Reply], found: int, question: Question) -> bool:
        """Whether a moment has answered, or it is hopeless that it will."""
        if self._stretches.confirmed(replies[-1], question):
            return True
        sure = max(reply.probability or 0.0 for reply in replies)
        return len(replies) >= found and sure < self._hopeless


def searched(question: Question) -> str:
    """Return what a question's moments are searched by: what it is about, as plain words."""
    words = re.sub(r'["^;]', " ", question.about or question.text.rstrip("?"))
    # What stands before a colon might be read as a filter.
    return " ".join(re.sub(r"(?<=\w):", " ", words).split())
