"""`scenelist import`: descriptions made elsewhere."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.options.global_settings import Settings
from commands.terminal.console import counted, progress_of, say
from commands.terminal.exit_status import EXIT_ERROR, EXIT_SOME_FAILED
from commands.terminal.fresh_playlists import keep_playlists_fresh
from indexer.errors import RequestError

if TYPE_CHECKING:
    from search.exchange.descriptions import Description
    from search.exchange.sentences import Spoken

# So many wrong lines are named, the others counted.
_NAMED = 20


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--embedder", metavar="NAME", help="For a new library: sentence-transformers model.")
@click.pass_obj
def command(settings: Settings, /, file: Path, embedder: str | None) -> int:
    """Add descriptions and sentences from FILE (- for stdin), as `export` writes them.

    The videos need not be on this disk. Lines that are known already are skipped; lines that are
    wrong are named, and the others go in. Playlists of saved searches are written anew.
    """
    from search.exchange.descriptions import from_lines

    folder = Path.cwd() if str(file) == "-" else file.absolute().parent
    try:
        text = (
            io.TextIOWrapper(sys.stdin.buffer, "utf-8", errors="surrogateescape")
            if str(file) == "-"
            else file.open(encoding="utf-8", errors="surrogateescape")
        )
    except OSError as error:
        raise RequestError(f"{file} cannot be read ({error.strerror}): check the path.") from error
    library = settings.open(create=True, embedder=embedder)
    total = 0 if str(file) == "-" else _lines(file)
    wrong = right = 0

    def tell(sentence: str) -> None:
        nonlocal wrong
        wrong += 1
        if wrong <= _NAMED:
            say(sentence)

    def read() -> Iterator[Description | Spoken]:
        nonlocal right
        for description in from_lines(text, folder, tell):
            right += 1
            yield description

    with text, progress_of("Importing") as told:
        added = library.take_in(read(), lambda done: told(done + wrong, total))
    if wrong > _NAMED:
        say(f"… and {wrong - _NAMED} more lines are wrong.")
    click.echo(f"Imported {counted(added, 'line')}.")
    keep_playlists_fresh(library)
    return (EXIT_SOME_FAILED if right else EXIT_ERROR) if wrong else 0


def _lines(file: Path) -> int:
    """Return how many lines a file has that say something; 0 for a pipe, which is read once."""
    if not file.is_file():
        return 0
    with file.open("rb") as lines:
        return sum(1 for line in lines if line.strip())
