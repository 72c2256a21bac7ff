"""Answers and verdicts from a model that looks: what `scenelist serve --ask` gives the server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from threading import Lock

from answering.answering import Answering
from answering.answers import Answer, best_first
from search import Moment
from search.query.options import SearchOptions
from serve.asking import AnswerReply, VerifiedReply


class ModelAnswers:
    """Has one question after another looked into; the model is loaded with the first one."""

    def __init__(self, load: Callable[[], Answering]) -> None:
        self._load = load
        self._loaded: Answering | None = None
        self._one_at_a_time = Lock()

    def ask(self, question: str, options: SearchOptions) -> list[AnswerReply]:
        """Answer a question from the moments that `options` leave; best answer first."""
        with self._one_at_a_time, closing(self._answering.ask(question, options=options)) as heard:
            answers = best_first([item for item in heard if isinstance(item, Answer)])
        return [
            AnswerReply(
                answer=each.text,
                video=each.video.fingerprint,
                start=each.start_ms / 1000,
                end=each.end_ms / 1000,
                probability=each.probability,
            )
            for each in answers
            if each.video is not None
        ]

    def verify(
        self, query: str, moments: Sequence[Moment], options: SearchOptions
    ) -> list[VerifiedReply]:
        """Say of each moment whether it shows what was asked for, in the order they came in."""
        checked = list(moments)
        with self._one_at_a_time:
            looked = self._answering.verify(query, checked, options=options, most=len(checked))
            with closing(looked):
                for item in looked:
                    checked[item.number] = item.moment
        return [
            VerifiedReply(
                video=each.video.fingerprint,
                start=each.start_ms / 1000,
                end=each.end_ms / 1000,
                verified=each.check.verified if each.check else None,
                probability=each.check.probability if each.check else None,
            )
            for each in checked
        ]

    @property
    def _answering(self) -> Answering:
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    def close(self) -> None:
        """End what looks at videos, if anything does."""
        if self._loaded is not None:
            self._loaded.close()
