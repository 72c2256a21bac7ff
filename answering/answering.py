"""Asks about moments and looks at found ones again: what commands, page and programs call."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self, TypeVar

from answering.answers import Answer, Reply, agreed, joined, summary_request
from answering.criteria import criteria_of, judged, met
from answering.looking import Looking, Results
from answering.looks import Closeness, narrowed, parts, steps
from answering.places import Place
from answering.questions import Question, is_shown, read_question
from answering.rounds import Rounds
from answering.watching import Look, Watcher
from indexer.decoding.worker import DecodeWorker
from indexer.describing.describer import Answerer, Describer, Picture
from indexer.errors import ModelError, RequestError, VideoError
from indexer.pipeline.job import Worker
from indexer.video import Video
from indexer.windows import Window
from playlist.tracks import clock
from search.library import Library
from search.query.options import AS_USUAL, SearchOptions
from search.query.parser import parse
from search.ranking.moments import Check, Criterion, Moment

# A moment is confirmed from this probability of yes on (docs/answering.md has the curve).
CONFIRMED = 0.5
# Where the window found for a moment shows less than this, the rest of it is not looked at.
HOPELESS = 0.1
# Moments looked at again for a question to the whole library, and by `verify`.
MOST = 5
# Frames whose features are remembered between questions; each is some hundred kilobytes.
_REMEMBERED = 128
_CLOSELY = Closeness()
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Checked:
    """A moment that was looked at again: its number among those given, and it with its check.

    `note` says why it could not be looked at, where that is so.
    """

    number: int
    moment: Moment
    note: str = ""


@dataclass(frozen=True, slots=True)
class Watched:
    """So many of so many stretches have been looked at, for a progress bar."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Unseen:
    """A video that could not be looked at, and why."""

    path: Path
    why: str


class Answering:
    """Answers questions with a describer: about a video, a moment, pictures, or a whole library.

    Every method that yields does so as soon as there is something to tell, from whichever thread
    it is called, one question after another; closing the iterator stops the decoder at once and
    asks no more. Something is seen, and a moment confirmed, from a probability of `least` on; below
    `hopeless` no more of a moment is looked at. Use it as a context, or close it.
    """

    def __init__(
        self,
        library: Library | None,
        describer: Describer,
        *,
        closeness: Closeness = _CLOSELY,
        worker: Callable[[], Worker] = DecodeWorker,
        remembered: int = _REMEMBERED,
        least: float = CONFIRMED,
        hopeless: float = HOPELESS,
    ) -> None:
        """Take a library, or none if only files are asked about.

        Raises:
            ModelError: the describer cannot answer questions.
        """
        if not isinstance(describer, Answerer):
            raise ModelError("This model can only describe, not answer: choose another --model.")
        describer.remember(remembered)
        self._library = library
        self._closely = closeness
        self._watcher = Watcher(describer.edge, worker)
        self._looking = Looking(describer, self._watcher)
        self._rounds = Rounds(library, closeness)
        recipe = library.manifest.recipes.get(library.manifest.recipe) if library else None
        self._window_ms = recipe.window_ms if recipe else 10_000
        self._least, self._hopeless = least, hopeless

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the decoders and let the model's thread end."""
        self._looking.close()

    def verify(
        self,
        query: str,
        moments: Sequence[Moment],
        *,
        options: SearchOptions = AS_USUAL,
        most: int = MOST,
        enough: int | None = None,
    ) -> Generator[Checked, None, None]:
        """Look at the first `most` moments again and yield each with what the model says.

        Stops when `enough` are confirmed. `query` and `options` are those they were found with.

        Raises:
            RequestError: the query has no words.
        """
        criteria = self._criteria(query, options)
        questions = [is_shown(each.text) for each in criteria]

        def check(likely: Sequence[list[float]]) -> Check:
            found = judged(criteria, likely)
            probability = met(found)
            return Check(probability >= self._least, probability, found)

        def decided(likely: Sequence[list[float]], found: int) -> bool:
            seen = judged(criteria, likely)
            wanted = met([each for each in seen if each.wanted])
            unwanted = [each for each in seen if not each.wanted]
            if unwanted:
                # What must not be there may still come; once it is there, nothing helps.
                return met(unwanted) < self._least
            return wanted >= self._least or (len(likely) >= found and wanted < self._hopeless)

        confirmed, at_once = 0, max(1, self._looking.batch_size // len(questions))
        for start in range(0, min(most, len(moments)), at_once):
            some = moments[start : min(start + at_once, most)]
            rounds = self._rounds.of(
                some, lambda looks: self._looking.likelihoods(looks, questions), decided
            )
            with closing(rounds):
                for number, seen, why in rounds:
                    found = check([result for _, result in seen]) if seen else Check()
                    # Broken off, it may still have been there.
                    verdict = Check() if why and not found.verified else found
                    confirmed += verdict.verified is True
                    note = f"{some[number].video.path}: {why}" if why else ""
                    yield Checked(start + number, replace(some[number], check=verdict), note)
            if enough is not None and confirmed >= enough:
                return

    def tighten(
        self, query: str, moments: Sequence[Moment], *, options: SearchOptions = AS_USUAL
    ) -> Generator[Checked, None, None]:
        """Yield each moment with its borders narrowed; rejected ones are passed over.

        Where the model sees it nowhere, or the video cannot be read, borders stay as they are.

        Raises:
            RequestError: the query has no words.
        """
        wanted = [each for each in self._criteria(query, options) if each.wanted]
        for number, moment in enumerate(moments):
            if moment.check is not None and moment.check.verified is False:
                continue
            try:
                found = self._narrowed(
                    moment.video.path,
                    Window(moment.start_ms, moment.end_ms),
                    [is_shown(each.text) for each in wanted],
                    apart=bool(parse(query).steps),
                )
            except VideoError as error:
                yield Checked(number, moment, f"{moment.video.path}: {error}")
                continue
            narrow = found or Window(moment.start_ms, moment.end_ms)
            tight = replace(moment, start_ms=narrow.start_ms, end_ms=narrow.end_ms)
            yield Checked(number, tight)

    def ask(
        self,
        question: str,
        place: Place | None = None,
        *,
        pictures: Sequence[Picture] = (),
        options: SearchOptions = AS_USUAL,
        most: int = MOST,
    ) -> Generator[Answer | Watched | Unseen, None, None]:
        """Answer a question about a place, pictures, both, or else about the whole library.

        Of a library each of the `most` best moments may give an answer; of a place there is one.
        No answer comes where nothing that the question is about is seen.

        Raises:
            RequestError: the question is empty, the place is not there, or the pictures too many.
        """
        asked = read_question(question)
        if pictures:
            yield self._of_pictures(asked, place, pictures)
        elif place is not None:
            yield from self._of_place(asked, place)
        else:
            yield from self._of_library(asked, options, most)

    def keep(self, question: str, answers: Sequence[Answer], model: str) -> int:
        """Write answers to the library, where later searches find them; return how many are new.

        Kept with each is the question, the answer, its probability and which model gave it.

        Raises:
            RequestError: an answer's video is not in the library, or there is no library.
        """
        if self._library is None:
            raise RequestError("There is no library to keep answers in: run `scenelist index`.")
        about = [answer for answer in answers if answer.video is not None]
        kept = 0
        with self._library.writing() as writer:
            for answer in about:
                assert answer.video is not None
                path = answer.video.path
                if not writer.fingerprint(path):
                    raise RequestError(
                        f"{path} is not in the library: run `scenelist index` on it, then ask with"
                        " --keep again."
                    )
                text = f"{question} {answer.text}"
                for window in answer.rests_on or (Window(answer.start_ms, answer.end_ms),):
                    kept += writer.keep(path, window, text, _provenance(question, answer, model))
        return kept

    def _criteria(self, query: str, options: SearchOptions) -> tuple[Criterion, ...]:
        asked = parse(query)
        return criteria_of(replace(asked, nots=asked.nots + options.nots))

    def _of_library(
        self, question: Question, options: SearchOptions, most: int
    ) -> Generator[Answer | Watched | Unseen, None, None]:
        if self._library is None:
            raise RequestError("There is no library to ask: name a VIDEO, or index some first.")
        moments = self._library.search(searched(question), most, options)
        rounds = self._rounds.of(
            moments,
            lambda looks: self._replies(looks, question),
            lambda replies, found: self._decided(replies, found, question),
        )
        with closing(rounds):
            for done, (number, seen, why) in enumerate(rounds, 1):
                video = moments[number].video
                if why:
                    yield Unseen(video.path, why)
                best = max((r for _, r in seen), key=lambda r: r.probability or 0.0, default=None)
                if best is not None and self._confirmed(best, question):
                    yield self._answer(question, video, best)
                yield Watched(done, len(moments))

    def _answer(self, question: Question, video: Video, reply: Reply) -> Answer:
        """Return the answer that one look gave."""
        window, text = reply.window, reply.text or "Yes."
        if question.kind == "when":
            narrow = self._narrowed(video.path, window, [question.asked], apart=False)
            window = narrow or window
            text = _times([window])
        return Answer(video, window.start_ms, window.end_ms, text, reply.probability)

    def _of_place(self, question: Question, place: Place) -> Iterator[Answer | Watched]:
        video = self._video(place)
        whole = place.within(video)
        longest_ms = self._window_ms if place.start_ms is None else self._closely.longest_ms
        cut = sorted(parts(whole, longest_ms))
        looks = [Look(video.path, window, self._closely.frames) for window in cut]
        replies: list[Reply] = []
        with closing(self._replies(looks, question)) as coming:
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
        there = [reply for reply in replies if self._confirmed(reply, question)]
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
            text = self._looking.complete(summary_request(there))
            return _resting(video, text, max(sure, default=None), windows)
        chosen = agreed(there)
        return _resting(
            video, chosen[0].text or "", chosen[0].probability, [each.window for each in chosen]
        )

    def _when(
        self, question: Question, video: Video, probability: float | None, there: Sequence[Reply]
    ) -> Answer:
        found = [
            self._narrowed(video.path, run, [question.asked], apart=False) or run
            for run in joined([reply.window for reply in there])
        ]
        runs = joined(found)
        return _resting(video, _times(runs), probability, runs)

    def _of_pictures(
        self, question: Question, place: Place | None, pictures: Sequence[Picture]
    ) -> Answer:
        """Answer about pictures, with a place's frames after them as further ones."""
        text = question.text if question.kind == "open" else question.asked
        if place is None:
            return Answer(None, 0, 0, self._looking.answer_pictures(pictures, text), None)
        video = self._video(place)
        whole = place.within(video)
        look = Look(video.path, whole, self._closely.frames)
        ((_, clip),) = self._watcher.clips([look])
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
        said = self._looking.answer_pictures([*pictures, *frames], text)
        return Answer(video, whole.start_ms, whole.end_ms, said, None, (whole,))

    def _replies(self, looks: Sequence[Look], question: Question) -> Results[Reply]:
        """Return for each look whether the thing is there, and what is said of it if so."""
        gate = question.asked if question.kind != "open" else ""
        if question.kind == "open" and question.about:
            gate = is_shown(question.about)
        text = question.asked if question.kind == "open" else ""
        return self._looking.replies(looks, gate, text, self._least)

    def _narrowed(
        self, path: Path, window: Window, questions: Sequence[str], *, apart: bool
    ) -> Window | None:
        """Return where within a window, or just outside, all that is asked about happens.

        With `apart` one thing after another is asked about: from the first's start to the last's
        end.
        """
        video = self._watcher.video(path)
        stepped = steps(window, video.span, self._closely)
        looks = [Look(path, step, self._closely.step_frames) for step in stepped]
        rows: list[list[float]] = []
        with closing(self._looking.likelihoods(looks, questions)) as coming:
            for _, likely in coming:
                if isinstance(likely, VideoError):
                    raise likely
                rows.append(likely)
        if not apart:
            return narrowed(window, stepped, [min(row) for row in rows], self._least)
        first = narrowed(window, stepped, [row[0] for row in rows], self._least)
        last = narrowed(window, stepped, [row[-1] for row in rows], self._least)
        if first is None or last is None or last.end_ms <= first.start_ms:
            return None
        return Window(first.start_ms, last.end_ms)

    def _video(self, place: Place) -> Video:
        """Open the video of a place.

        Raises:
            RequestError: it is not there or cannot be read.
        """
        try:
            return self._watcher.video(place.path.expanduser().absolute())
        except VideoError as error:
            raise _unreadable(place.path, error) from error

    def _decided(self, replies: Sequence[Reply], found: int, question: Question) -> bool:
        """Whether a moment has answered, or it is hopeless that it will."""
        if self._confirmed(replies[-1], question):
            return True
        sure = max(reply.probability or 0.0 for reply in replies)
        return len(replies) >= found and sure < self._hopeless

    def _confirmed(self, reply: Reply, question: Question) -> bool:
        """Whether a look shows what a question is about; any look does for one about nothing."""
        if reply.probability is None:
            return bool(reply.text)
        return reply.probability >= self._least and (question.kind != "open" or bool(reply.text))


def searched(question: Question) -> str:
    """Return what a question's moments are searched by: what it is about, as plain words."""
    words = re.sub(r'["^;]', " ", question.about or question.text.rstrip("?"))
    # What stands before a colon might be read as a filter.
    return " ".join(re.sub(r"(?<=\w):", " ", words).split())


def _provenance(question: str, answer: Answer, model: str) -> str:
    """Return where an answer comes from, as it is kept and exported: JSON."""
    facts = {"question": question, "answer": answer.text, "answered_by": model}
    return json.dumps(facts | {"probability": answer.probability}, ensure_ascii=False)


def _resting(
    video: Video, text: str, probability: float | None, windows: Sequence[Window]
) -> Answer:
    """Return an answer that rests on some windows, from the first one's start to the last's end."""
    runs = joined(windows)
    return Answer(video, runs[0].start_ms, runs[-1].end_ms, text, probability, runs)


def _times(windows: Sequence[Window]) -> str:
    return ", ".join(f"{clock(w.start_ms)} to {clock(w.end_ms)}" for w in windows)


def _unreadable(path: Path, error: VideoError) -> RequestError:
    if not path.exists():
        return RequestError(
            f"{path} is not there: it was moved or deleted, or its disk is not connected."
        )
    return RequestError(f"{path} cannot be looked at: {error}.")
