"""Looks at several moments part by part, each only until that is enough."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import TypeVar

from answering.border_search import Closeness, parts
from answering.clip_cache import Look
from answering.model_calls import Results
from indexer.errors import RequestError, VideoError
from indexer.windows import Window
from search.library import Library
from search.ranking.moments import Moment

_Result = TypeVar("_Result")


class EarlyStopping:
    """Which parts of moments are looked at, in which order; `library` knows the windows found."""

    def __init__(self, library: Library | None, closeness: Closeness) -> None:
        self._library = library
        self._closeness = closeness

    def of(
        self,
        moments: Sequence[Moment],
        look: Callable[[Sequence[Look]], Results[_Result]],
        enough: Callable[[list[_Result], int], bool],
    ) -> Generator[tuple[int, list[tuple[Look, _Result]], str], None, None]:
        """Look at the next part of every moment, the likeliest first, until it is enough.

        `enough` takes what a moment's looks came to, and how many of its parts lie in the window
        that was found for it. Yields a moment's number, what its looks came to, and why no more
        could be looked at.
        """
        coming, found = {}, {}
        for number, moment in enumerate(moments):
            coming[number], found[number] = self._looks(moment)
        seen: dict[int, list[tuple[Look, _Result]]] = {number: [] for number in coming}
        while coming:
            now = [(number, looks.pop(0)) for number, looks in coming.items()]
            with closing(look([each for _, each in now])) as results:
                for (number, _), (one, result) in zip(now, results, strict=True):
                    if isinstance(result, VideoError):
                        del coming[number]
                        yield number, seen[number], str(result)
                        continue
                    seen[number].append((one, result))
                    if not coming[number] or enough([r for _, r in seen[number]], found[number]):
                        del coming[number]
                        yield number, seen[number], ""

    def _looks(self, moment: Moment) -> tuple[list[Look], int]:
        """Return a moment's parts, and how many of them, the first, are of the window found."""
        window, longest_ms = Window(moment.start_ms, moment.end_ms), self._closeness.longest_ms
        best = self._best(moment)
        cut = parts(window, longest_ms, best)
        looks = [Look(moment.video.path, part, self._closeness.frames) for part in cut]
        return looks, len(parts(best, longest_ms)) if best else len(cut)

    def _best(self, moment: Moment) -> Window | None:
        """Return the described window whose words are the moment's."""
        if self._library is None:
            return None
        try:
            segments = self._library.segments(moment.video.path, answers=True)
        except RequestError:
            return None
        return next(
            (
                segment.window
                for segment in segments
                if segment.text == moment.text
                and moment.start_ms <= segment.window.start_ms
                and segment.window.end_ms <= moment.end_ms
            ),
            None,
        )
