"""`scenelist export`: descriptions as JSON lines."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import click

from commands.options.global_settings import Settings
from commands.terminal.console import counted, say
from commands.terminal.exit_status import EXIT_NOTHING_FOUND
from playlist.formats.data import marked
from playlist.overwriting import Overwriting
from playlist.playlist_files import write


@click.command("export")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write.  [stdout]")
@click.option("--force", is_flag=True, help="Write over a file that Scenelist did not make.")
@click.pass_obj
def command(settings: Settings, /, output: Path | None, force: bool) -> int:
    """Write every description as a line of JSON: video, duration, start, end, text.

    After those come the sentences that are said, with `said` instead of `text`.
    """
    from search.exchange.descriptions import to_line
    from search.exchange.sentences import spoken_line

    library = settings.open()
    described = (to_line(description) for description in library.export())
    lines = marked(chain(described, map(spoken_line, library.export_sentences())))
    if output is None or str(output) == "-":
        for line in lines:
            click.echo(line)
        return 0
    over = Overwriting(library.paths, library.folder, force)
    over.check(output)
    text = "".join(f"{line}\n" for line in lines)
    if not text:
        over.remove_stale(output)
        say("Nothing was written, since nothing is described yet: run `scenelist index` first.")
        return EXIT_NOTHING_FOUND
    write(output, text.encode(), over)
    say(f"Exported {counted(text.count(chr(10)), 'line')} to {output}.")
    return 0
