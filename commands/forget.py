"""`scenelist forget`: take videos out of the library."""

from __future__ import annotations

from pathlib import Path

import click

from commands.options.settings import Settings
from indexer.errors import RequestError


@click.command("forget")
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.pass_obj
def command(settings: Settings, /, paths: tuple[Path, ...]) -> None:
    """Forget files, or folders with all in them. The videos themselves are not touched."""
    gone = settings.open().forget(paths)
    if not gone:
        raise RequestError("The library knows none of these: `scenelist list` shows what it knows.")
    click.echo(f"Forgot {len(gone)} {'file' if len(gone) == 1 else 'files'}.")
