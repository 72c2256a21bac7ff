"""`scenelist transcript`: what is said in a video, as subtitles, text or JSON."""

from __future__ import annotations

from pathlib import Path

import click

from commands.options.global_settings import Settings
from commands.terminal.console import say
from commands.terminal.exit_status import EXIT_NOTHING_FOUND
from playlist.overwriting import Overwriting
from playlist.playlist_files import write
from playlist.transcript_files import FORMATS, render, transcript_format
from search.catalogue.video_selection import the_one


@click.command("transcript")
@click.argument("video")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    help="File to write: .srt, .vtt, .txt or .json; - for stdout. [stdout]",
)
@click.option("--format", "name", type=click.Choice(FORMATS), help="Whatever the suffix. [txt]")
@click.option("--force", is_flag=True, help="Write over a file that Scenelist did not make.")
@click.pass_obj
def command(
    settings: Settings, /, video: str, output: Path | None, name: str | None, force: bool
) -> int:
    """Write down what is said in VIDEO: its subtitles, or its speech in words.

    VIDEO is a path, or whatever else in the library only one file is called by: its name, part of
    it, a filter (in:lake).

    Subtitle files (.srt, .vtt) have the name of the video beside it in most players' eyes. What was
    heard is marked as written by Scenelist: `index` reads such a file only once it is corrected.
    """
    to_stdout = output is None or str(output) == "-"
    chosen = transcript_format(None if to_stdout else output, name)
    library = settings.open()
    known = the_one(library.choose([video]), video)
    said = library.sentences(known.path)
    if not said:
        what = f"Nothing is known to be said in {known.path.name}"
        say(f"{what}: `scenelist index --only speech` listens.")
        return EXIT_NOTHING_FOUND
    data = render(said, chosen, known, heard=library.heard(known.path))
    if output is None or to_stdout:
        click.echo(data, nl=False)
    else:
        write(output, data, Overwriting(library.paths, library.folder, force))
        say(f"Transcript: {output}")
    return 0
