"""Found moments looked at again by the model: verified, and their borders narrowed."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commands.options.answering_model import Model, answering_with, looking
from commands.options.global_settings import Settings
from commands.terminal.console import say
from search.query.options import SearchOptions
from search.ranking.moments import Check, Moment

if TYPE_CHECKING:
    from answering.answering import Answering
    from search.library import Library


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Whether and how the moments found are looked at again; `verify` is how many of them."""

    options: SearchOptions
    verify: int | None
    verified_only: bool
    tighten: bool
    limit: int

    @property
    def wanted(self) -> bool:
        """Whether a model is needed at all."""
        return self.verify is not None or self.tighten

    def __call__(
        self, query: str, moments: list[Moment], library: Library, settings: Settings, model: Model
    ) -> tuple[list[Moment], bool]:
        """Verify and tighten moments; return them, and whether that was interrupted.

        Interrupted, they are as far as it came.
        """
        moments = list(moments)
        try:
            with answering_with(model, settings, library) as (answering, _):
                if self.verify is not None:
                    _verify(query, moments, self, answering)
                moments = _chosen(moments, self)
                if self.tighten:
                    _tighten(query, moments, self, answering)
        except KeyboardInterrupt:
            return _chosen(moments, self), True
        return moments, False


def _chosen(moments: list[Moment], again: LookAgain) -> list[Moment]:
    """Return the moments that are shown: the best, the verified first; in the order asked for."""
    from answering.yes_no_criteria import verified_first

    if again.verified_only:
        moments = [moment for moment in moments if moment.check and moment.check.verified]
    best = verified_first([moments[i] for i in _by_score(moments, again)])[: again.limit]
    if again.options.sort == "score":
        return best
    return [moment for moment in moments if moment in best]


def _by_score(moments: list[Moment], again: LookAgain) -> list[int]:
    """Return the moments' numbers, the best first, whatever order they were asked for in."""
    if again.options.sort == "score":
        return list(range(len(moments)))
    return sorted(range(len(moments)), key=lambda number: -moments[number].score)


def _verify(query: str, moments: list[Moment], again: LookAgain, answering: Answering) -> None:
    """Put the model's verdict beside each moment, in place."""
    most = min(again.verify or 0, len(moments))
    unchecked = Check()
    order = _by_score(moments, again)
    checks = answering.verify(
        query,
        [moments[number] for number in order],
        options=again.options,
        most=most,
        enough=again.limit,
    )
    moments[:] = [replace(moment, check=unchecked) for moment in moments]
    with closing(checks), looking("Looking again") as told:
        for done, checked in enumerate(checks, 1):
            moments[order[checked.number]] = checked.moment
            told(done, most)
            if checked.note:
                say(checked.note)


def _tighten(query: str, moments: list[Moment], again: LookAgain, answering: Answering) -> None:
    """Narrow moments' borders, in place."""
    narrowed = answering.tighten(query, tuple(moments), options=again.options)
    with closing(narrowed), looking("Narrowing") as told:
        for checked in narrowed:
            moments[checked.number] = checked.moment
            told(checked.number + 1, len(moments))
            if checked.note:
                say(checked.note)
