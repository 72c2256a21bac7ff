"""`scenelist forget`: take videos out of the library."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from commands.options.global_settings import Settings
from commands.terminal.console import counted, plain, say
from commands.terminal.exit_status import EXIT_NOTHING_FOUND
from commands.terminal.fresh_playlists import keep_playlists_fresh
from indexer.errors import RequestError
from indexer.video import Video

# So many files are named before it is asked whether all of them are meant.
_NAMED = 5


@click.command("forget")
@click.argument("videos", metavar="VIDEO...", nargs=-1, required=True)
@click.option("--dry-run", is_flag=True, help="Only say which files would be forgotten.")
@click.option("--yes", is_flag=True, help="Do not ask whether several are meant.")
@click.pass_obj
def command(settings: Settings, /, videos: tuple[str, ...], dry_run: bool, yes: bool) -> int:
    """Forget files, or folders with all in them. The videos themselves are not touched.

    Playlists of saved searches are written anew without them.

    A VIDEO is a path, a folder, the whole name of a file or folder in the library, a pattern
    (*.mkv), or a filter as in a search (in:lake takes part of a name, before:2020). On a terminal
    it is asked whether several files are meant.
    """
    library = settings.open()
    for name in videos:
        if Path(name).exists() and not library.knows(name):
            raise RequestError(f"{name} is not in the library: there is nothing to forget.")
    chosen = library.choose(videos, in_part=False)
    if dry_run:
        for video in chosen:
            click.echo(plain(str(video.path)))
        say(f"{counted(len(chosen), 'file')} would be forgotten.")
        return 0
    if not yes and len(chosen) > 1 and sys.stdin.isatty() and not _are_meant(chosen):
        say("Nothing was forgotten.")
        return EXIT_NOTHING_FOUND
    gone = library.forget([video.path for video in chosen])
    click.echo(f"Forgot {counted(len(gone), 'file')}.")
    keep_playlists_fresh(library)
    return 0


def _are_meant(chosen: Sequence[Video]) -> bool:
    """Show which files are chosen, and ask whether to forget them."""
    for video in chosen[:_NAMED]:
        say(str(video.path))
    if len(chosen) > _NAMED:
        say(f"and {len(chosen) - _NAMED} more")
    return click.confirm(f"Forget these {len(chosen)} files?", err=True)
