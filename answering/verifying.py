"""Looks at moments that were found again: is it so, and from when to when."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from answering.early_stopping import EarlyStopping
from answering.question_parsing import is_shown
from answering.stretch_answers import StretchAnswers
from answering.yes_no_criteria import criteria_of, judged, met
from indexer.errors import VideoError
from indexer.windows import Window
from search.query.options import SearchOptions
from search.query.parser import parse
from search.ranking.moments import Check, Criterion, Moment


@dataclass(frozen=True, slots=True)
class Checked:
    """A moment that was looked at again: its number among those given, and it with its check.

    `note` says why it could not be looked at, where that is so.
    """

    number: int
    moment: Moment
    note: str = ""


class Verifying:
    """Asks of moments what a query wants to see; below `hopeless` no more of one is looked at."""

    def __init__(self, stretches: StretchAnswers, rounds: EarlyStopping, hopeless: float) -> None:
        self._stretches = stretches
        self._rounds = rounds
        self._hopeless = hopeless

    def verify(
        self,
        query: str,
        moments: Sequence[Moment],
        options: SearchOptions,
        most: int,
        enough: int | None,
    ) -> Generator[Checked, None, None]:
        """Look at the first `most` moments again, until `enough` of them are confirmed."""
        criteria = _criteria(query, options)
        questions = [is_shown(each.text) for each in criteria]

        def decided(likely: Sequence[list[float]], found: int) -> bool:
            return self._is_decided(judged(criteria, likely), all_seen=len(likely) >= found)

        confirmed, at_once = 0, max(1, self._stretches.model.batch_size // len(questions))
        for start in range(0, min(most, len(moments)), at_once):
            some = moments[start : min(start + at_once, most)]
            rounds = self._rounds.of(
                some, lambda looks: self._stretches.model.likelihoods(looks, questions), decided
            )
            with closing(rounds):
                for number, seen, why in rounds:
                    found = self._check(judged(criteria, [r for _, r in seen])) if seen else Check()
                    # Broken off, it may still have been there.
                    verdict = Check() if why and not found.verified else found
                    confirmed += verdict.verified is True
                    note = f"{some[number].video.path}: {why}" if why else ""
                    yield Checked(start + number, replace(some[number], check=verdict), note)
            if enough is not None and confirmed >= enough:
                return

    def _check(self, seen: tuple[Criterion, ...]) -> Check:
        probability = met(seen)
        return Check(probability >= self._stretches.least, probability, seen)

    def _is_decided(self, seen: Sequence[Criterion], *, all_seen: bool) -> bool:
        """Whether further looks change nothing; `all_seen` of those that found the moment."""
        unwanted = [each for each in seen if not each.wanted]
        if unwanted:
            # What must not be there may still come; once it is there, nothing helps.
            return met(unwanted) < self._stretches.least
        wanted = met([each for each in seen if each.wanted])
        return wanted >= self._stretches.least or (all_seen and wanted < self._hopeless)

    def tighten(
        self, query: str, moments: Sequence[Moment], options: SearchOptions
    ) -> Generator[Checked, None, None]:
        """Yield each moment with its borders narrowed, where the model sees it within them."""
        wanted = [each for each in _criteria(query, options) if each.wanted]
        for number, moment in enumerate(moments):
            if moment.check is not None and moment.check.verified is False:
                continue
            try:
                found = self._stretches.narrowed(
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


def _criteria(query: str, options: SearchOptions) -> tuple[Criterion, ...]:
    asked = parse(query)
    return criteria_of(replace(asked, nots=asked.nots + options.nots))
