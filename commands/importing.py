"""`scenelist import`: descriptions made elsewhere."""

from __future__ import annotations

import io
from pathlib import Path

import click

from commands.settings import Settings
from indexer.errors import RequestError
from search.exchange import from_lines
from search.library import Library


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--embedder", metavar="NAME", help="For a new library: sentence-transformers model.")
@click.pass_obj
def command(settings: Settings, /, file: Path, embedder: str | None) -> None:
    """Add descriptions from FILE (- for stdin), as `export` writes them.

    The videos need not be on this disk. Lines that are known already are skipped.
    """
    folder = Path.cwd() if str(file) == "-" else file.absolute().parent
    try:
        text = (
            io.TextIOWrapper(click.get_binary_stream("stdin"), "utf-8")
            if str(file) == "-"
            else file.open(encoding="utf-8")
        )
    except OSError as error:
        raise RequestError(f"{file} cannot be read ({error.strerror}): check the path.") from error
    library = Library.open(
        settings.library, create=True, embedder=embedder, offline=settings.offline
    )
    with text:
        try:
            added = library.take_in(from_lines(text, folder))
        except UnicodeDecodeError as error:
            raise RequestError(f"{file} is not UTF-8 text: export it again.") from error
    click.echo(f"Imported {added} descriptions.")
