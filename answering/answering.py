"""Asks about moments and looks at found ones again: what commands, page and programs call."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Self

from answering.answer_merging import Answer, Unseen, Watched
from answering.border_search import Closeness
from answering.clip_cache import ClipCache
from answering.early_stopping import EarlyStopping
from answering.model_calls import ModelCalls
from answering.one_video import VideoAnswers
from answering.question_parsing import read_question
from answering.stretch_answers import StretchAnswers
from answering.verifying import Checked, Verifying
from answering.video_reference import VideoReference
from answering.whole_library import LibraryAnswers
from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.describer import Answerer, Describer, Picture
from indexer.errors import ModelError, RequestError
from indexer.pipeline.job import Worker
from indexer.windows import Window
from search.library import Library
from search.query.options import AS_USUAL, SearchOptions
from search.ranking.moments import Moment
from search.store.provenance import answer_provenance

# A moment is confirmed from this probability of yes on (docs/answering.md has the curve).
CONFIRMED = 0.5
# Where the window found for a moment shows less than this, the rest of it is not looked at.
HOPELESS = 0.1
# Moments looked at again for a question to the whole library, and by `verify`.
MOST = 5
# Frames whose features are remembered between questions; each is some hundred kilobytes.
_REMEMBERED = 128
_CLOSELY = Closeness()


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
        self._clips = ClipCache(describer.edge, worker)
        self._model = ModelCalls(describer, self._clips)
        stretches = StretchAnswers(self._model, self._clips, closeness, least)
        rounds = EarlyStopping(library, closeness)
        recipe = library.manifest.recipes.get(library.manifest.recipe) if library else None
        self._of_video = VideoAnswers(stretches, recipe.window_ms if recipe else 10_000)
        self._of_library = LibraryAnswers(library, stretches, rounds, hopeless) if library else None
        self._verifying = Verifying(stretches, rounds, hopeless)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the decoders and let the model's thread end."""
        self._model.close()

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
        return self._verifying.verify(self._in_full(query), moments, options, most, enough)

    def tighten(
        self, query: str, moments: Sequence[Moment], *, options: SearchOptions = AS_USUAL
    ) -> Generator[Checked, None, None]:
        """Yield each moment with its borders narrowed; rejected ones are passed over.

        Where the model sees it nowhere, or the video cannot be read, borders stay as they are.

        Raises:
            RequestError: the query has no words.
        """
        return self._verifying.tighten(self._in_full(query), moments, options)

    def _in_full(self, query: str) -> str:
        """Return a query with the saved searches that it names put in words."""
        return self._library.saved.expand(query) if self._library else query

    def ask(
        self,
        question: str,
        place: VideoReference | None = None,
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
            yield self._of_video.of_pictures(asked, place, pictures)
        elif place is not None:
            yield from self._of_video.of_place(asked, place)
        elif self._of_library is None:
            raise RequestError("There is no library to ask: name a VIDEO, or index some first.")
        else:
            yield from self._of_library.answers(asked, options, most)

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
                extra = answer_provenance(question, answer.text, model, answer.probability)
                for window in answer.rests_on or (Window(answer.start_ms, answer.end_ms),):
                    kept += writer.keep(path, window, text, extra)
        return kept
