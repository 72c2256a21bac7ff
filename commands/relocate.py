"""`scenelist relocate`: say that files or folders lie elsewhere now."""

from __future__ import annotations

from pathlib import Path

import click

from commands.options.global_settings import Settings
from commands.terminal.console import counted, plain, say
from indexer.errors import RequestError


@click.command("relocate")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.pass_obj
def command(settings: Settings, /, old: Path, new: Path) -> None:
    """Say that what was at OLD, a file or a folder, lies at NEW now: a disk under another name.

    A file whose NEW is a folder lies in that. Nothing is read or described again, and the videos
    themselves are not touched.
    """
    moved = settings.open().relocate(old, new)
    if not moved:
        raise RequestError(
            f"The library knows nothing at {old}: `scenelist list` shows what it knows."
        )
    place = moved[0] if len(moved) == 1 else new
    click.echo(f"{counted(len(moved), 'file is', 'files are')} at {plain(str(place))} now.")
    missing = sum(not path.exists() for path in moved)
    if missing:
        say(f"{missing} of them cannot be found there: check {new}, and relocate again.")
