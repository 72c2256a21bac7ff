"""One question and its answer: what is asked, found, and said where nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commands.options.answering_model import Model
from commands.options.global_settings import Settings
from commands.searching.look_again import LookAgain
from commands.terminal.console import say
from playlist.tracks import padded
from search.query.options import SearchOptions
from search.query.parser import Text, parse, words_of
from search.ranking.confidence import stems
from search.ranking.moments import Moment

if TYPE_CHECKING:
    from search.library import Library


@dataclass(frozen=True, slots=True)
class Asking:
    """How questions are asked of a library: the best `limit` moments, made `pad_ms` longer."""

    library: Library
    options: SearchOptions
    limit: int
    pad_ms: int
    again: LookAgain
    settings: Settings
    model: Model

    def find(self, query: str) -> tuple[list[Moment], bool]:
        """Return the moments that answer, and whether looking at them again was interrupted."""
        looked_at = max(self.limit, self.again.verify or 0)
        moments, interrupted = self.library.search(query, looked_at, self.options), False
        if self.again.wanted and moments:
            moments, interrupted = self.again(
                query, moments, self.library, self.settings, self.model
            )
        return [padded(moment, self.pad_ms) for moment in moments], interrupted


def with_pictures_told(
    library: Library, options: SearchOptions, model: Model
) -> tuple[SearchOptions, tuple[str, ...]]:
    """Return options with words in place of pictures, and these words; say what they are."""
    if not options.pictures:
        return options, ()
    wish, told = model.wishes(), []
    for path in options.pictures:
        told.append(library.words_of_picture(path, say, wish))
        say(f"{path.name} shows: {told[-1]}")
    texts = options.texts + tuple(map(Text, told))
    return replace(options, pictures=(), texts=texts), tuple(told)


def asked_words(library: Library, query: str, options: SearchOptions) -> frozenset[str]:
    """Return the words that a question looks for, which stand out in its answers."""
    texts = words_of(parse(library.saved.expand(query)))
    return stems(" ".join([*texts, *(text.text for text in options.texts)]))


def say_how_many(
    library: Library, query: str, options: SearchOptions, moments: Sequence[Moment]
) -> bool:
    """Say that filters alone list more videos than are shown; return whether these are all."""
    asked = library.passing(query, options)
    if asked.lists and asked.passing > len(moments):
        say(f"The newest {len(moments)} of {asked.passing} videos that pass.")
    return asked.lists and asked.passing <= len(moments)


def why_nothing(library: Library, query: str, options: SearchOptions) -> str:
    """Return what to tell of a question without an answer: no video passes, or nothing matches."""
    asked = library.passing(query, options)
    if asked.passing or not asked.videos:
        return f"Nothing matches {query!r}."
    count = "is 1 video" if asked.videos == 1 else f"are {asked.videos} videos"
    there = f"there {count} in the library"
    if asked.blocking:
        return f"No video passes {' '.join(asked.blocking)}: {there}."
    return f"No video passes all of these filters together, though some pass each: {there}."


def moment_facts(moment: Moment) -> dict[str, object]:
    """Return a moment as JSON shows it; times in seconds."""
    facts: dict[str, object] = {
        "video": str(moment.video.path),
        "start": moment.start_ms / 1000,
        "end": moment.end_ms / 1000,
        "score": round(moment.score, 4),
        "text": moment.text,
        "confidence": None if moment.listed else round(moment.confidence, 4),
        "by": "listed" if moment.listed else moment.by,
    }
    if moment.said:
        facts["said"] = moment.said
    if moment.transcript:
        facts["transcript"] = moment.transcript
    if moment.answered_by:
        facts["answered_by"] = moment.answered_by
    if moment.check is not None:
        facts |= moment.check.facts()
    if moment.before or moment.after:
        facts["context"] = {"before": list(moment.before), "after": list(moment.after)}
    return facts
