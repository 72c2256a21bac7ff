"""`scenelist import`: descriptions made elsewhere."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import click

from commands.options.settings import Settings
from commands.terminal.screen import counted
from indexer.errors import RequestError


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--embedder", metavar="NAME", help="For a new library: sentence-transformers model.")
@click.pass_obj
def command(settings: Settings, /, file: Path, embedder: str | None) -> None:
    """Add descriptions from FILE (- for stdin), as `export` writes them.

    The videos need not be on this disk. Lines that are known already are skipped.
    """
    from search.exchange import from_lines

    folder = Path.cwd() if str(file) == "-" else file.absolute().parent
    try:
        text = (
            io.TextIOWrapper(sys.stdin.buffer, "utf-8")
            if str(file) == "-"
            else file.open(encoding="utf-8")
        )
    except OSError as error:
        raise RequestError(f"{file} cannot be read ({error.strerror}): check the path.") from error
    library = settings.open(create=True, embedder=embedder)
    with text:
        try:
            added = library.take_in(from_lines(text, folder))
        except UnicodeDecodeError as error:
            raise RequestError(f"{file} is not UTF-8 text: export it again.") from error
    click.echo(f"Imported {counted(added, 'description')}.")
