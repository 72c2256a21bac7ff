"""`scenelist search`: find moments, and make a playlist of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from answering.yes_no_criteria import verified_first
from commands.options.answering_model import Model, answering_with, looking, model_options
from commands.options.global_settings import Settings
from commands.options.output import (
    EXIT_SOME_FAILED,
    Output,
    deliver,
    output_options,
    withdraw,
)
from commands.options.searching import asked_with, asking_options, question_of
from commands.terminal.answers import hint_at_more, print_answers
from commands.terminal.console import plain, print_json, print_json_line, say
from indexer.errors import RequestError
from playlist.last_answer import LastAnswer, drop, keep
from playlist.tracks import padded, tracks_of_moments
from search.query.options import SearchOptions
from search.query.parser import Text, parse, words_of
from search.ranking.confidence import stems
from search.ranking.moments import Check, Moment
from search.user_folders import data_folder

if TYPE_CHECKING:
    from search.library import Library

if TYPE_CHECKING:
    from answering.answering import Answering
    from search.library import Library

EXIT_NOTHING_FOUND, EXIT_INTERRUPTED = 1, 130
_VERIFIED = 5


@click.command("search")
@click.argument("words", metavar="QUERY...", nargs=-1)
@click.option("--limit", type=click.IntRange(1), default=10, help="Most moments. [10]")
@click.option("--pad", type=click.FloatRange(0), default=0.0, help="Seconds added at both ends.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; a playlist only with -o.")
@click.option(
    "--verify",
    type=click.IntRange(1),
    is_flag=False,
    flag_value=5,
    metavar="[N]",
    help="After QUERY: the model looks at the best N moments again, closer. [5]",
)
@click.option("--verified-only", is_flag=True, help="Only what it then says yes to.")
@click.option("--tighten", is_flag=True, help="Narrow borders to where it happens.")
@click.option("--pictures/--no-pictures", default=True, help="In terminals that can show them.")
@asking_options
@model_options
@output_options
@click.pass_obj
def command(
    settings: Settings,
    /,
    words: tuple[str, ...],
    limit: int,
    pad: float,
    as_json: bool,
    verify: int | None,
    verified_only: bool,
    tighten: bool,
    pictures: bool,
    output: Output,
    options: SearchOptions,
    model: Model,
) -> int:
    """Find the moments in which QUERY happens, in plain language.

    Prints them, numbered, best first; `scenelist play 3` plays one, `play` all, `more` shows the
    next. -o FILE writes a playlist that jumps straight to each. A QUERY may also say:

    \b
      '"error 404" on a screen'            quoted words must appear, seen or said
      'said:"we must cut" seen:blackboard' what is said; what is seen meanwhile
      'a dog not:"at night" in:holiday'    keep away from a text; only there
      'a dog ^2; a beach'                  several texts, weighted
      'like:rex.mp4@12:30 after:2024-05'   moments like that one
      '"a man opens a door" then "a dog runs out" within 30s'
      'lake garda'                         names of files and folders are searched too
      'in:garda after:2024-06'             filters alone list the videos, newest first

    With - as QUERY, questions are read from stdin, one a line, and answered one after the other.
    """  # noqa: D301 - \b is click's mark for lines to leave as they are
    library, query = settings.open(), question_of(words)
    options, told = with_pictures_told(library, options, model)
    title = query or "; ".join(text.text for text in options.texts)
    if verified_only and verify is None:
        verify = _VERIFIED
    again = LookAgain(query, options, verify, verified_only, tighten, limit)
    interrupted = False

    def found_for(question: str) -> list[Moment]:
        nonlocal interrupted
        moments = library.search(question, max(limit, verify or 0), options)
        if again.wanted and moments:
            asked = replace(again, query=question)
            moments, interrupted = look_again(moments, asked, library, settings, model)
        return [padded(moment, round(pad * 1000)) for moment in moments]

    if query == "-":
        if output.path is not None or output.plays:
            raise click.UsageError("Many questions make no one playlist: leave -o and --play out.")
        return _answer_lines(found_for, library, options, as_json=as_json)
    moments = found_for(query)

    def show() -> None:
        if as_json:
            print_json({"query": query, "moments": [moment_facts(moment) for moment in moments]})
        else:
            print_moments(moments, asked_words(library, query, options), pictures=pictures)
            hint_at_more(len(moments))
        _say_how_many(library, query, options, moments)

    if not moments:
        if as_json and not output.to_stdout:
            show()
        if verified_only:
            say(f"Nothing verified matches {title!r}.")
        else:
            say(why_nothing(library, query, options))
        if not as_json:
            drop(data_folder())
        if not as_json or output.path is not None:
            withdraw(output, library)
        return EXIT_INTERRUPTED if interrupted else EXIT_NOTHING_FOUND
    tracks = tracks_of_moments(moments)
    if not as_json:
        flags = {**asked_with(told), "query": query, "pad": pad}
        keep(LastAnswer(title, library.folder, tuple(tracks), limit, flags), data_folder())
    if as_json and output.path is None and not output.plays:
        show()
        return EXIT_INTERRUPTED if interrupted else 0
    status = deliver(tracks, title, output, library, show=show, quiet=as_json)
    return EXIT_INTERRUPTED if interrupted else status


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Whether and how the moments found are looked at again; `verify` is how many of them."""

    query: str
    options: SearchOptions
    verify: int | None
    verified_only: bool
    tighten: bool
    limit: int

    @property
    def wanted(self) -> bool:
        """Whether a model is needed at all."""
        return self.verify is not None or self.tighten


def look_again(
    moments: list[Moment],
    again: LookAgain,
    library: Library,
    settings: Settings,
    model: Model,
) -> tuple[list[Moment], bool]:
    """Verify and tighten moments; return them, and whether that was interrupted.

    Interrupted, they are as far as it came.
    """
    moments = list(moments)
    try:
        with answering_with(model, settings, library) as (answering, _):
            if again.verify is not None:
                _verify(moments, again, answering)
            moments = _chosen(moments, again)
            if again.tighten:
                _tighten(moments, again, answering)
    except KeyboardInterrupt:
        return _chosen(moments, again), True
    return moments, False


def _chosen(moments: list[Moment], again: LookAgain) -> list[Moment]:
    """Return the moments that are shown: the best, the verified first; in the order asked for."""
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


def _verify(moments: list[Moment], again: LookAgain, answering: Answering) -> None:
    """Put the model's verdict beside each moment, in place."""
    most = min(again.verify or 0, len(moments))
    unchecked = Check()
    order = _by_score(moments, again)
    checks = answering.verify(
        again.query,
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


def _tighten(moments: list[Moment], again: LookAgain, answering: Answering) -> None:
    """Narrow moments' borders, in place."""
    narrowed = answering.tighten(again.query, tuple(moments), options=again.options)
    with closing(narrowed), looking("Narrowing") as told:
        for checked in narrowed:
            moments[checked.number] = checked.moment
            told(checked.number + 1, len(moments))
            if checked.note:
                say(checked.note)


def _say_how_many(
    library: Library, query: str, options: SearchOptions, moments: list[Moment]
) -> None:
    """Say that filters alone list more videos than are shown."""
    asked = library.passing(query, options)
    if asked.lists and asked.passing > len(moments):
        say(f"The newest {len(moments)} of {asked.passing} videos that pass; --limit for more.")


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


def _answer_lines(
    find: Callable[[str], list[Moment]], library: Library, options: SearchOptions, *, as_json: bool
) -> int:
    """Answer the questions on stdin, one a line, each as soon as it is read."""
    found, wrong = False, False
    for line in sys.stdin.buffer:
        question = os.fsdecode(line).strip()
        if not question:
            continue
        try:
            moments, error = find(question), ""
        except RequestError as refused:
            moments, error = [], str(refused)
        found, wrong = found or bool(moments), wrong or bool(error)
        if as_json:
            facts = {"query": question, "moments": [moment_facts(moment) for moment in moments]}
            print_json_line(facts | ({"error": error} if error else {}))
            continue
        click.echo(f"{plain(question)}:")
        if moments:
            print_moments(moments)
        else:
            for told in (error or why_nothing(library, question, options)).splitlines():
                say(told)
        sys.stdout.flush()
    return EXIT_SOME_FAILED if wrong else 0 if found else EXIT_NOTHING_FOUND


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


def print_moments(
    moments: Sequence[Moment],
    asked: frozenset[str] = frozenset(),
    first: int = 1,
    *,
    pictures: bool = False,
) -> None:
    """Print moments, numbered from `first` on; the words in `asked` stand out."""
    print_answers(moments, asked, first, pictures=pictures)


def moment_facts(moment: Moment) -> dict[str, object]:
    """Return a moment as JSON shows it; times in seconds."""
    facts: dict[str, object] = {
        "video": str(moment.video.path),
        "start": moment.start_ms / 1000,
        "end": moment.end_ms / 1000,
        "score": round(moment.score, 4),
        "text": moment.text,
        "confidence": round(moment.confidence, 4),
        "by": moment.by,
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
