"""`scenelist reembed`: change the embedder without describing anything again."""

from __future__ import annotations

import click

from commands.options.settings import Settings
from commands.terminal.screen import counted, progress_of
from search.embedding.embedder import DEFAULT_EMBEDDER


@click.command("reembed")
@click.option(
    "--embedder",
    metavar="NAME",
    default=DEFAULT_EMBEDDER,
    show_default=True,
    help="A sentence-transformers model, by name, hub id or folder.",
)
@click.pass_obj
def command(settings: Settings, /, embedder: str) -> None:
    """Embed every description anew, with another embedder. Nothing is described again.

    Searches go on with the old vectors until all new ones are there. Interrupted, it begins anew.
    """
    library = settings.open()
    with progress_of("Embedding") as told:
        count = library.reembed(embedder, told)
    click.echo(f"Embedded {counted(count, 'description')} with {embedder}.")
