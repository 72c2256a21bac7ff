"""`scenelist export`: descriptions as JSON lines."""

from __future__ import annotations

from pathlib import Path

import click

from commands.options.settings import Settings
from commands.terminal.screen import say
from playlist.files import write


@click.command("export")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write.  [stdout]")
@click.pass_obj
def command(settings: Settings, /, output: Path | None) -> None:
    """Write every description as a line of JSON: video, duration, start, end, text."""
    from search.exchange import to_line

    library = settings.open()
    lines = (to_line(description) for description in library.export())
    if output is None or str(output) == "-":
        for line in lines:
            click.echo(line)
        return
    text = "".join(f"{line}\n" for line in lines)
    write(output, text.encode())
    say(f"Exported {text.count(chr(10))} descriptions to {output}.")
