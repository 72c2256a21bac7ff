"""Answers and verdicts from a model that looks: what `scenelist serve --ask` gives the server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from threading import Lock

from answering.answer_merging import Answer, Unseen, best_first
from answering.answering import Answering
from answering.video_reference import VideoReference
from indexer.video import Video
from indexer.windows import Window
from search import Moment
from search.query.options import SearchOptions
from serve.answerer import AnswerReply, AnswersReply, StretchReply, VerifiedReply
from serve.library_replies import shown


class ModelAnswers:
    """Has one question after another looked into; the model is loaded with the first one."""

    def __init__(self, load: Callable[[], Answering]) -> None:
        self._load = load
        self._loaded: Answering | None = None
        self._one_at_a_time = Lock()

    def ask(
        self, question: str, options: SearchOptions, place: VideoReference | None = None
    ) -> AnswersReply:
        """Answer a question about a place, else from the moments that `options` leave.

        Best answer first.
        """
        with self._one_at_a_time:
            heard = self._answering.ask(question, place, options=options)
            with closing(heard):
                items = list(heard)
        return AnswersReply(
            answers=[
                _reply(each.video, each)
                for each in best_first([item for item in items if isinstance(item, Answer)])
                if each.video is not None
            ],
            unseen=[
                f"{shown(item.path.name)} cannot be looked at: {item.why}."
                for item in items
                if isinstance(item, Unseen)
            ],
        )

    def verify(
        self, query: str, moments: Sequence[Moment], options: SearchOptions
    ) -> list[VerifiedReply]:
        """Say of each moment whether it shows what was asked for, in the order they came in."""
        checked = list(moments)
        notes = [""] * len(checked)
        with self._one_at_a_time:
            looked = self._answering.verify(query, checked, options=options, most=len(checked))
            with closing(looked):
                for item in looked:
                    checked[item.number], notes[item.number] = item.moment, item.note
        return [
            VerifiedReply(
                video=each.video.fingerprint,
                start=each.start_ms / 1000,
                end=each.end_ms / 1000,
                verified=each.check.verified if each.check else None,
                probability=each.check.probability if each.check else None,
                note=shown(note),
            )
            for each, note in zip(checked, notes, strict=True)
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


def _reply(video: Video, answer: Answer) -> AnswerReply:
    return AnswerReply(
        answer=answer.text,
        video=video.fingerprint,
        name=shown(video.path.name),
        start=answer.start_ms / 1000,
        end=answer.end_ms / 1000,
        probability=answer.probability,
        rests_on=[
            StretchReply(start=each.start_ms / 1000, end=each.end_ms / 1000)
            for each in answer.rests_on or (Window(answer.start_ms, answer.end_ms),)
        ],
    )
