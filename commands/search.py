"""`scenelist search`: find moments, and make a playlist of them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from commands.screen import clock, linked, print_json, print_table, say
from commands.settings import Settings
from playlist.files import name_for
from playlist.formats import FORMATS, format_for
from playlist.player import play
from playlist.publish import publish
from playlist.tracks import tracks_of_moments
from search.moments import Moment

EXIT_NOTHING_FOUND = 1


@click.command("search")
@click.argument("query")
@click.option(
    "--limit", type=click.IntRange(1), default=10, show_default=True, help="Most moments."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Playlist to write; - for stdout.  [a file named after the query]",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; a playlist only with -o.")
@click.option("--play", "start", is_flag=True, help="Open the playlist in VLC.")
@click.option("--pad", type=click.FloatRange(0), default=0.0, help="Seconds added at both ends.")
@click.pass_obj
def command(
    settings: Settings,
    /,
    query: str,
    limit: int,
    output: Path | None,
    as_json: bool,
    start: bool,
    pad: float,
) -> int:
    """Find the moments in which QUERY happens, in plain language.

    Prints them, best first, and writes a playlist that jumps straight to each in VLC.
    """
    to_stdout = output is not None and str(output) == "-"
    if start and to_stdout:
        raise click.UsageError("--play needs a playlist in a file: leave -o - out.")
    known = format_for(None if to_stdout else output)
    library = settings.open()
    moments = library.search(query, limit=limit)
    if as_json and not to_stdout:
        print_json({"query": query, "moments": [_facts(moment) for moment in moments]})
    if not moments:
        say(f"Nothing matches {query!r}.")
        return EXIT_NOTHING_FOUND
    if not as_json and not to_stdout:
        print_moments(moments)
    if as_json and output is None and not start:
        return 0
    path = output or Path(name_for(query, FORMATS[0].suffixes[0]))
    tracks = tracks_of_moments(moments, round(pad * 1000))
    written = publish(tracks, query, None if to_stdout else path, known)
    if written.missing:
        say(f"{written.missing} moments are left out: their files are missing.")
    if to_stdout:
        sys.stdout.buffer.write(written.data)
    elif written.data:
        say(f"Playlist: {path}") if as_json else click.echo(f"Playlist: {path}")
        if start:
            play(path)
    else:
        say("No playlist is written: none of the files is here.")
    return 0


def print_moments(moments: list[Moment]) -> None:
    """Print moments as a table."""
    print_table(
        ["score", "start", "end", "video", "what happens"],
        (
            [
                f"{moment.score:.2f}",
                clock(moment.start_ms),
                clock(moment.end_ms),
                linked(moment.video.path, moment.video.path.name),
                moment.text,
            ]
            for moment in moments
        ),
    )


def _facts(moment: Moment) -> dict[str, object]:
    return {
        "video": str(moment.video.path),
        "start": moment.start_ms / 1000,
        "end": moment.end_ms / 1000,
        "score": round(moment.score, 4),
        "text": moment.text,
    }
