"""`scenelist forget`: take videos out of the library."""

from __future__ import annotations

import click

from commands.options.settings import Settings


@click.command("forget")
@click.argument("videos", metavar="VIDEO...", nargs=-1, required=True)
@click.pass_obj
def command(settings: Settings, /, videos: tuple[str, ...]) -> None:
    """Forget files, or folders with all in them. The videos themselves are not touched.

    A VIDEO is a path, a folder, the whole name of a file or folder in the library, a pattern
    (*.mkv), or a filter as in a search (in:lake takes part of a name, before:2020).
    """
    library = settings.open()
    chosen = library.choose(videos, in_part=False)
    gone = library.forget([video.path for video in chosen])
    click.echo(f"Forgot {len(gone)} {'file' if len(gone) == 1 else 'files'}.")
