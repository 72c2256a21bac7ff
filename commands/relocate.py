"""`scenelist relocate`: say that files or folders lie elsewhere now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from commands.options.global_settings import Settings
from commands.terminal.console import counted, plain, say
from commands.terminal.fresh_playlists import keep_playlists_fresh
from indexer.errors import RequestError
from search.catalogue.video_selection import some_of


@click.command("relocate")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.pass_obj
def command(settings: Settings, /, old: Path, new: Path) -> None:
    """Say that what was at OLD, a file or a folder, lies at NEW now: a disk under another name.

    A file whose NEW is a folder lies in that. Nothing is read or described again, and the videos
    themselves are not touched. Playlists of saved searches are written anew.
    """
    library = settings.open()
    moved = library.relocate(old, new)
    if not moved:
        raise RequestError(_no_such_path(old, [v.path for v in library.choose([str(old)])]))
    place = moved[0] if len(moved) == 1 else new
    click.echo(f"{counted(len(moved), 'file is', 'files are')} at {plain(str(place))} now.")
    missing = sum(not path.exists() for path in moved)
    if missing:
        say(f"{missing} of them cannot be found there: check {new}, and relocate again.")
    keep_playlists_fresh(library)


def _no_such_path(old: Path, called: Sequence[Path]) -> str:
    """Return what to tell of a name in place of a path: the paths that it may stand for."""
    folders = {parent for path in called for parent in path.parents if parent.name == old.name}
    listed = some_of(sorted(folders or called))
    return f"{plain(str(old))} is a name, and OLD is a path: write {listed}."
