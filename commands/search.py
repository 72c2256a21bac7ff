"""`scenelist search`: find moments, and make a playlist of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from commands.options.output import Output, deliver, output_options, withdraw
from commands.options.searching import asked_with, asking_options
from commands.options.settings import Settings
from commands.terminal.answers import hint_at_more, print_answers
from commands.terminal.screen import print_json, say
from playlist.last_answer import LastAnswer, drop, keep
from playlist.tracks import padded, tracks_of_moments
from search.query.options import SearchOptions
from search.query.parser import Text, parse, words_of
from search.ranking.confidence import stems
from search.ranking.moments import Moment
from search.user_folders import data_folder

if TYPE_CHECKING:
    from search.library import Library

EXIT_NOTHING_FOUND = 1


@click.command("search")
@click.argument("query", default="")
@click.option("--limit", type=click.IntRange(1), default=10, help="Most moments. [10]")
@click.option("--pad", type=click.FloatRange(0), default=0.0, help="Seconds added at both ends.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; a playlist only with -o.")
@click.option("--pictures/--no-pictures", default=True, help="In terminals that can show them.")
@asking_options
@output_options
@click.pass_obj
def command(
    settings: Settings,
    /,
    query: str,
    limit: int,
    pad: float,
    as_json: bool,
    pictures: bool,
    output: Output,
    options: SearchOptions,
) -> int:
    """Find the moments in which QUERY happens, in plain language.

    Prints them, numbered, best first; `scenelist play 3` plays one, `play` all, `more` shows the
    next. -o FILE writes a playlist that jumps straight to each. A QUERY may also say:

    \b
      '"error 404" on a screen'            quoted words must appear
      'a dog not:"at night" in:holiday'    keep away from a text; only there
      'a dog ^2; a beach'                  several texts, weighted
      'like:rex.mp4@12:30 after:2024-05'   moments like that one
      '"a man opens a door" then "a dog runs out" within 30s'
    """  # noqa: D301 - \b is click's mark for lines to leave as they are
    library = settings.open()
    options = with_pictures_told(library, options)
    title = query or "; ".join(text.text for text in options.texts)
    moments = [padded(m, round(pad * 1000)) for m in library.search(query, limit, options)]

    def show() -> None:
        if as_json:
            print_json({"query": query, "moments": [moment_facts(moment) for moment in moments]})
        else:
            print_moments(moments, asked_words(library, query, options), pictures=pictures)
            hint_at_more(len(moments))

    if not moments:
        if as_json and not output.to_stdout:
            show()
        say(f"Nothing matches {title!r}.")
        if not as_json:
            drop(data_folder())
        if not as_json or output.path is not None:
            withdraw(output, library)
        return EXIT_NOTHING_FOUND
    tracks = tracks_of_moments(moments)
    if not as_json:
        flags = {**asked_with(), "query": query, "pad": pad}
        keep(LastAnswer(title, library.folder, tuple(tracks), limit, flags), data_folder())
    if as_json and output.path is None and not output.plays:
        show()
        return 0
    return deliver(tracks, title, output, library, show=show, quiet=as_json)


def with_pictures_told(library: Library, options: SearchOptions) -> SearchOptions:
    """Return options with words in place of pictures, and say what these are."""
    texts = options.texts
    for path in options.pictures:
        words = library.words_of_picture(path, say)
        say(f"{path.name} shows: {words}")
        texts += (Text(words),)
    return replace(options, pictures=(), texts=texts)


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
    }
    if moment.transcript:
        facts["transcript"] = moment.transcript
    if moment.before or moment.after:
        facts["context"] = {"before": list(moment.before), "after": list(moment.after)}
    return facts
