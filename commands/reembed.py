"""`scenelist reembed`: change the embedder without describing anything again."""

from __future__ import annotations

import click

from commands.options.global_settings import Settings
from commands.terminal.console import counted, progress_of
from commands.terminal.fresh_playlists import keep_playlists_fresh


@click.command("reembed")
@click.option(
    "--embedder",
    metavar="NAME",
    help="A sentence-transformers model, by name, hub id or folder. [the library's own]",
)
@click.pass_obj
def command(settings: Settings, /, embedder: str | None) -> None:
    """Embed every description anew, with another embedder. Nothing is described again.

    Without --embedder, only what an earlier version embedded with more words than it says.

    Searches go on with the old vectors until all new ones are there. Interrupted, it begins anew.
    Playlists of saved searches are written anew.
    """
    library = settings.open()
    with progress_of("Embedding") as told:
        count = library.reembed(embedder, told)
    manifest = library.manifest
    name = embedder or (manifest.embedder.name if manifest.embedder else "")
    click.echo(f"Embedded {counted(count, 'description')} with {name}.")
    keep_playlists_fresh(library)
