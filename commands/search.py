"""`scenelist search`: find moments, and make a playlist of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial

import click

from commands.options.answering_model import Model, model_options
from commands.options.delivery import deliver, withdraw
from commands.options.global_settings import Settings
from commands.options.output import Output, output_options
from commands.options.searching import asked_with, asking_options, question_of
from commands.searching.asking import (
    Asking,
    asked_words,
    moment_facts,
    say_how_many,
    why_nothing,
    with_pictures_told,
)
from commands.searching.look_again import LookAgain
from commands.terminal.answers import hint_at_play, print_answers
from commands.terminal.console import plain, print_json, print_json_line, say
from commands.terminal.exit_status import EXIT_INTERRUPTED, EXIT_NOTHING_FOUND, EXIT_SOME_FAILED
from indexer.errors import RequestError
from playlist.last_answer import LastAnswer, drop, keep
from playlist.tracks import tracks_of_moments
from search.query.options import SearchOptions
from search.ranking.moments import Moment
from search.user_folders import data_folder

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
    if verified_only and verify is None:
        verify = _VERIFIED
    again = LookAgain(options, verify, verified_only, tighten, limit)
    asking = Asking(library, options, limit, round(pad * 1000), again, settings, model)
    if query == "-":
        if output.path is not None or output.plays:
            raise click.UsageError("Many questions make no one playlist: leave -o and --play out.")
        return _answer_lines(asking, as_json=as_json)
    moments, interrupted = asking.find(query)
    show = partial(_show, asking, query, moments, as_json=as_json, pictures=pictures)
    title = query or "; ".join(text.text for text in options.texts)
    if not moments:
        status = _tell_of_nothing(asking, query, title, output, show if as_json else None)
    elif as_json and output.path is None and not output.plays:
        show()
        status = 0
    else:
        tracks = tuple(tracks_of_moments(moments))
        if not as_json:
            flags = {**asked_with(told), "query": query, "pad": pad}
            keep(LastAnswer(title, library.folder, tracks, limit, flags), data_folder())
        status = deliver(tracks, title, output, library, show=show, quiet=as_json)
    return EXIT_INTERRUPTED if interrupted else status


def _show(
    asking: Asking, query: str, moments: Sequence[Moment], *, as_json: bool, pictures: bool
) -> None:
    """Print an answer."""
    if as_json:
        print_json({"query": query, "moments": [moment_facts(moment) for moment in moments]})
    else:
        asked = asked_words(asking.library, query, asking.options)
        print_answers(moments, asked, pictures=pictures)
    all_there_is = say_how_many(asking.library, query, asking.options, moments)
    if not as_json:
        hint_at_play(len(moments), more=not all_there_is and len(moments) >= asking.limit)


def _tell_of_nothing(
    asking: Asking, query: str, title: str, output: Output, show: Callable[[], None] | None
) -> int:
    """Say that there is no answer, and take away what an older one left; `show` is for JSON."""
    if show is not None and not output.to_stdout:
        show()
    if asking.again.verified_only:
        say(f"Nothing verified matches {title!r}.")
    else:
        say(why_nothing(asking.library, query, asking.options))
    if show is None:
        drop(title, asking.library.folder, data_folder())
    if show is None or output.path is not None:
        withdraw(output, asking.library)
    return EXIT_NOTHING_FOUND


def _answer_lines(asking: Asking, *, as_json: bool) -> int:
    """Answer the questions on stdin, one a line, each as soon as it is read."""
    found, wrong = False, False
    for line in sys.stdin.buffer:
        question = os.fsdecode(line).strip()
        if not question:
            continue
        try:
            (moments, _), error = asking.find(question), ""
        except RequestError as refused:
            moments, error = [], str(refused)
        found, wrong = found or bool(moments), wrong or bool(error)
        if as_json:
            facts = {"query": question, "moments": [moment_facts(moment) for moment in moments]}
            print_json_line(facts | ({"error": error} if error else {}))
            continue
        click.echo(f"{plain(question)}:")
        if moments:
            print_answers(moments)
        else:
            told = error or why_nothing(asking.library, question, asking.options)
            for line_told in told.splitlines():
                say(line_told)
        sys.stdout.flush()
    return EXIT_SOME_FAILED if wrong else 0 if found else EXIT_NOTHING_FOUND
