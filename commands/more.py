"""`scenelist more`: the next moments of the last answer."""

from __future__ import annotations

from dataclasses import replace

import click

from commands.options.global_settings import Settings
from commands.options.searching import read_again
from commands.searching.asking import asked_words
from commands.terminal.answers import hint_at_play, print_answers
from commands.terminal.console import say
from commands.terminal.exit_status import EXIT_NOTHING_FOUND
from playlist.last_answer import LastAnswer, keep, last
from playlist.tracks import padded, tracks_of_moments
from search.query.options import SearchOptions
from search.ranking.moments import Moment
from search.user_folders import data_folder


@click.command("more")
@click.option("--pictures/--no-pictures", default=True, help="In terminals that can show them.")
@click.pass_obj
def command(settings: Settings, /, pictures: bool) -> int:
    """Show the next moments of the last answer; their numbers go on, also for `play`."""
    from search.run_query import arranged

    answer = last(data_folder())
    if not answer.page:
        say(f"That is all there is of {answer.title!r}.")
        return EXIT_NOTHING_FOUND
    library = replace(settings, library=answer.library).open()
    options, shown = read_again(answer.flags), len(answer.tracks)
    # The order asked for is one within a page: the next page is what comes next by score.
    by_score: SearchOptions = replace(options, sort="score")
    query = str(answer.flags["query"])
    found = library.search(query, shown + answer.page, by_score)[shown:]
    pad_ms = round(1000 * float(answer.flags["pad"]))
    moments: list[Moment] = [padded(moment, pad_ms) for moment in arranged(found, options)]
    if not moments:
        say(f"That is all there is of {answer.title!r}.")
        return EXIT_NOTHING_FOUND
    tracks = (*answer.tracks, *tracks_of_moments(moments))
    asked = asked_words(library, query, by_score)
    print_answers(moments, asked, shown + 1, pictures=pictures)
    keep(LastAnswer(answer.title, answer.library, tracks, answer.page, answer.flags), data_folder())
    hint_at_play(len(tracks), more=len(found) == answer.page)
    return 0
