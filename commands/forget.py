"""`scenelist forget`: take videos out of the library."""

from __future__ import annotations

from pathlib import Path

import click

from commands.options.global_settings import Settings
from commands.terminal.console import counted, say
from indexer.errors import RequestError
from playlist.smart_playlists import refresh_all


@click.command("forget")
@click.argument("videos", metavar="VIDEO...", nargs=-1, required=True)
@click.pass_obj
def command(settings: Settings, /, videos: tuple[str, ...]) -> None:
    """Forget files, or folders with all in them. The videos themselves are not touched.

    Playlists of saved searches are written anew without them.

    A VIDEO is a path, a folder, the whole name of a file or folder in the library, a pattern
    (*.mkv), or a filter as in a search (in:lake takes part of a name, before:2020).
    """
    library = settings.open()
    for name in videos:
        if Path(name).exists() and not library.knows(name):
            raise RequestError(f"{name} is not in the library: there is nothing to forget.")
    chosen = library.choose(videos, in_part=False)
    gone = library.forget([video.path for video in chosen])
    click.echo(f"Forgot {counted(len(gone), 'file')}.")
    for line in refresh_all(library):
        say(line)
