"""`scenelist search`: find moments, and make a playlist of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from commands.options.output import (
    EXIT_SOME_FAILED,
    Output,
    deliver,
    output_options,
    withdraw,
)
from commands.options.searching import asking_options, question_of
from commands.options.settings import Settings
from commands.terminal.screen import linked, plain, print_json, print_json_line, print_table, say
from indexer.errors import RequestError
from playlist.tracks import clock, padded, tracks_of_moments
from search.query.options import SearchOptions
from search.ranking.moments import Moment

if TYPE_CHECKING:
    from search.library import Library

EXIT_NOTHING_FOUND = 1


@click.command("search")
@click.argument("words", metavar="QUERY...", nargs=-1)
@click.option("--limit", type=click.IntRange(1), default=10, help="Most moments. [10]")
@click.option("--pad", type=click.FloatRange(0), default=0.0, help="Seconds added at both ends.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; a playlist only with -o.")
@asking_options
@output_options
@click.pass_obj
def command(
    settings: Settings,
    /,
    words: tuple[str, ...],
    limit: int,
    pad: float,
    as_json: bool,
    output: Output,
    options: SearchOptions,
) -> int:
    """Find the moments in which QUERY happens, in plain language.

    Prints them, best first, and writes a playlist that jumps straight to each in VLC. A QUERY
    may also say:

    \b
      '"error 404" on a screen'            quoted words must appear
      'a dog not:"at night" in:holiday'    keep away from a text; only there
      'a dog ^2; a beach'                  several texts, weighted
      'like:rex.mp4@12:30 after:2024-05'   moments like that one
      '"a man opens a door" then "a dog runs out" within 30s'
      'lake garda'                         names of files and folders are searched too
      'in:garda after:2024-06'             filters alone list the videos, newest first

    With - as QUERY, questions are read from stdin, one a line, and answered one after the other.
    """  # noqa: D301 - \b is click's mark for lines to leave as they are
    library, query = settings.open(), question_of(words)

    def found_for(question: str) -> list[Moment]:
        return [padded(m, round(pad * 1000)) for m in library.search(question, limit, options)]

    if query == "-":
        if output.path is not None or output.plays:
            raise click.UsageError("Many questions make no one playlist: leave -o and --play out.")
        return _answer_lines(found_for, library, options, as_json=as_json)
    moments = found_for(query)

    def show() -> None:
        if as_json:
            print_json({"query": query, "moments": [moment_facts(moment) for moment in moments]})
        else:
            print_moments(moments)
        _say_how_many(library, query, options, moments)

    if not moments:
        if as_json and not output.to_stdout:
            show()
        say(why_nothing(library, query, options))
        if not as_json or output.path is not None:
            withdraw(query, output, library)
        return EXIT_NOTHING_FOUND
    if as_json and output.path is None and not output.plays:
        show()
        return 0
    return deliver(tracks_of_moments(moments), query, output, library, show=show, quiet=as_json)


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


def print_moments(moments: list[Moment]) -> None:
    """Print moments as a table."""
    print_table(
        ["score", "sure", "start", "end", "video", "what happens"],
        (
            [
                f"{moment.score:.2f}",
                moment.certainty,
                clock(moment.start_ms),
                clock(moment.end_ms),
                linked(moment.video.path, moment.video.path.name),
                "\n".join([*moment.before, _words(moment), *moment.after]),
            ]
            for moment in moments
        ),
    )


def _words(moment: Moment) -> str:
    return f"{moment.text} [{moment.transcript}]" if moment.transcript else moment.text


def moment_facts(moment: Moment) -> dict[str, object]:
    """Return a moment as JSON shows it; times in seconds."""
    facts: dict[str, object] = {
        "video": str(moment.video.path),
        "start": moment.start_ms / 1000,
        "end": moment.end_ms / 1000,
        "score": round(moment.score, 4),
        "text": moment.text,
        "confidence": round(moment.confidence, 4),
    }
    if moment.transcript:
        facts["transcript"] = moment.transcript
    if moment.before or moment.after:
        facts["context"] = {"before": list(moment.before), "after": list(moment.after)}
    return facts
