"""Asks about stretches of a video: what each shows, and where within one something happens."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from answering.answer_merging import Reply
from answering.border_search import Closeness, narrowed, steps
from answering.clip_cache import ClipCache, Look
from answering.model_calls import ModelCalls, Results
from answering.question_parsing import Question, is_shown
from indexer.errors import VideoError
from indexer.windows import Window


class StretchAnswers:
    """What one look at a stretch says; something is seen from a probability of `least` on."""

    def __init__(
        self, model: ModelCalls, clips: ClipCache, closeness: Closeness, least: float
    ) -> None:
        self.model = model
        self.clips = clips
        self.closeness = closeness
        self.least = least

    def replies(self, looks: Sequence[Look], question: Question) -> Results[Reply]:
        """Return for each look whether the thing is there, and what is said of it if so."""
        gate = question.asked if question.kind != "open" else ""
        if question.kind == "open" and question.about:
            gate = is_shown(question.about)
        text = question.asked if question.kind == "open" else ""
        return self.model.replies(looks, gate, text, self.least)

    def confirmed(self, reply: Reply, question: Question) -> bool:
        """Whether a look shows what a question is about; any look does for one about nothing."""
        if reply.probability is None:
            return bool(reply.text)
        return reply.probability >= self.least and (question.kind != "open" or bool(reply.text))

    def narrowed(
        self, path: Path, window: Window, questions: Sequence[str], *, apart: bool
    ) -> Window | None:
        """Return where within a window, or just outside, all that is asked about happens.

        With `apart` one thing after another is asked about: from the first's start to the last's
        end.
        """
        video = self.clips.video(path)
        stepped = steps(window, video.span, self.closeness)
        looks = [Look(path, step, self.closeness.step_frames) for step in stepped]
        rows: list[list[float]] = []
        with closing(self.model.likelihoods(looks, questions)) as coming:
            for _, likely in coming:
                if isinstance(likely, VideoError):
                    raise likely
                rows.append(likely)
        if not apart:
            return narrowed(window, stepped, [min(row) for row in rows], self.least)
        first = narrowed(window, stepped, [row[0] for row in rows], self.least)
        last = narrowed(window, stepped, [row[-1] for row in rows], self.least)
        if first is None or last is None or last.end_ms <= first.start_ms:
            return None
        return Window(first.start_ms, last.end_ms)
