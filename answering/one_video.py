"""Answers a question about a video, a stretch of one, or pictures: one answer from all looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from answering.answer_merging import (
    Answer,
    Reply,
    Watched,
    agreed,
    joined,
    summary_request,
    times_of,
)
from answering.border_search import parts
from answering.clip_cache import Look
from answering.question_parsing import Question
from answering.stretch_answers import StretchAnswers
from answering.video_reference import VideoReference
from indexer.describing.describer import Picture
from indexer.errors import RequestError, VideoError
from indexer.video import Video
from indexer.windows import Window


class VideoAnswers:
    """Answers about one video; all of one is looked at in windows of `window_ms`."""

    def __init__(self, stretches: StretchAnswers, window_ms: int) -> None:
        self._stretches = stretches
        self._window_ms = window_ms

    def of_place(self, question: Question, place: VideoReference) -> Iterator[Answer | Watched]:
        """Yield how far looking has come, then the answer, if there is one.

        Raises:
            RequestError: the place is not there, or cannot be looked at.
        """
        video = self._video(place)
        whole = place.within(video)
        longest_ms = (
            self._window_ms if place.start_ms is None else self._stretches.closeness.longest_ms
        )
        cut = sorted(parts(whole, longest_ms))
        looks = [Look(video.path, window, self._stretches.closeness.frames) for window in cut]
        replies: list[Reply] = []
        with closing(self._stretches.replies(looks, question)) as coming:
            for look, reply in coming:
                if isinstance(reply, VideoError):
                    raise _unreadable(look.path, reply)
                replies.append(reply)
                yield Watched(len(replies), len(looks))
        answer = self._together(question, video, whole, replies)
        if answer is not None:
            yield answer

    def _together(
        self, question: Question, video: Video, whole: Window, replies: Sequence[Reply]
    ) -> Answer | None:
        """Return one answer from those of a video's parts."""
        there = [reply for reply in replies if self._stretches.confirmed(reply, question)]
        sure = [reply.probability for reply in there if reply.probability is not None]
        windows = [reply.window for reply in there]
        if question.kind == "yes/no" and not there:
            surest = max(reply.probability or 0.0 for reply in replies)
            return Answer(video, whole.start_ms, whole.end_ms, "No.", 1 - surest, (whole,))
        if not there:
            return None
        if question.kind == "yes/no":
            return _resting(video, "Yes.", max(sure), windows)
        if question.kind == "when":
            return self._when(question, video, max(sure), there)
        if not question.about and len({reply.text for reply in there}) > 1:
            text = self._stretches.model.complete(summary_request(there))
            return _resting(video, text, max(sure, default=None), windows)
        chosen = agreed(there)
        return _resting(
            video, chosen[0].text or "", chosen[0].probability, [each.window for each in chosen]
        )

    def _when(
        self, question: Question, video: Video, probability: float | None, there: Sequence[Reply]
    ) -> Answer:
        found = [
            self._stretches.narrowed(video.path, run, [question.asked], apart=False) or run
            for run in joined([reply.window for reply in there])
        ]
        runs = joined(found)
        return _resting(video, times_of(runs), probability, runs)

    def of_pictures(
        self, question: Question, place: VideoReference | None, pictures: Sequence[Picture]
    ) -> Answer:
        """Answer about pictures, with a place's frames after them as further ones.

        Raises:
            RequestError: the place is not there, or the pictures are too many.
        """
        text = question.text if question.kind == "open" else question.asked
        if place is None:
            return Answer(None, 0, 0, self._stretches.model.answer_pictures(pictures, text), None)
        video = self._video(place)
        whole = place.within(video)
        look = Look(video.path, whole, self._stretches.closeness.frames)
        ((_, clip),) = self._stretches.clips.clips([look])
        if isinstance(clip, VideoError):
            raise _unreadable(video.path, clip)
        frames = [
            Picture(
                frame,
                f"Frame from {(at_ms - whole.start_ms) // 60_000:02d}"
                f":{(at_ms - whole.start_ms) // 1000 % 60:02d}",
            )
            for frame, at_ms in zip(clip.frames, clip.times_ms, strict=True)
        ]
        said = self._stretches.model.answer_pictures([*pictures, *frames], text)
        return Answer(video, whole.start_ms, whole.end_ms, said, None, (whole,))

    def _video(self, place: VideoReference) -> Video:
        """Open the video of a place.

        Raises:
            RequestError: it is not there or cannot be read.
        """
        try:
            return self._stretches.clips.video(place.path.expanduser().absolute())
        except VideoError as error:
            raise _unreadable(place.path, error) from error


def _resting(
    video: Video, text: str, probability: float | None, windows: Sequence[Window]
) -> Answer:
    """Return an answer that rests on some windows, from the first one's start to the last's end."""
    runs = joined(windows)
    return Answer(video, runs[0].start_ms, runs[-1].end_ms, text, probability, runs)


def _unreadable(path: Path, error: VideoError) -> RequestError:
    if not path.exists():
        return RequestError(
            f"{path} is not there: it was moved or deleted, or its disk is not connected."
        )
    return RequestError(f"{path} cannot be looked at: {error}.")
