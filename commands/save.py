"""`scenelist save`: keep a question under a name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.options.global_settings import Settings
from commands.options.searching import question_of
from commands.terminal.console import counted, plain, say
from playlist.smart_playlists import Refreshed, playlist_format, refresh

if TYPE_CHECKING:
    from search.saved_searches import SavedSearch


@click.command("save")
@click.argument("name")
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1), help="Most moments. [50, or as it was saved]")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="A playlist that is kept fresh; its suffix says the format. [as it was saved, or none]",
)
@click.option(
    "--force",
    is_flag=True,
    help="Write over a file that Scenelist did not make (never over a video it knows).",
)
@click.pass_obj
def command(
    settings: Settings,
    /,
    name: str,
    query: tuple[str, ...],
    limit: int | None,
    output: Path | None,
    force: bool,
) -> None:
    """Keep QUERY under NAME: `scenelist search @NAME` asks it, `saved --new` tells what is new.

    With -o, the answers are also kept as a playlist, which is written anew by `index` (with --watch
    also when a video goes), `import`, `forget`, `relocate` and `reembed`.

    A query may use other saved ones: `scenelist save both @dogs ";" @cats`. A NAME that is taken
    gets the new QUERY and keeps its playlist; what was told as new stays told while it asks the
    same.
    """
    from search.query.parser import parse
    from search.saved_searches import SavedSearch

    library = settings.open()
    text, before = question_of(query), library.saved.find(name)
    kept = before or SavedSearch(name, text)
    saved = SavedSearch(
        kept.name,
        text,
        limit or kept.limit,
        kept.playlist if output is None else _place(output),
        kept.seen,
        kept.told,
        kept.question,
    )
    library.saved.check(saved)
    if parse(library.saved.expand(text)).likes:
        library.search(text, 1)  # only asking tells whether the moment is there
    made = refresh(library, saved, force=force) if saved.playlist else None
    library.saved.put(saved)
    _tell(saved, before, made)


def _place(output: Path) -> str:
    """Return where a playlist is to be; raises where none can be kept fresh there."""
    playlist_format(output)
    return str(output.expanduser().absolute())


def _tell(saved: SavedSearch, before: SavedSearch | None, made: Refreshed | None) -> None:
    """Say what was saved, in place of what, and what became of its playlist."""
    if made is not None:
        _tell_of_playlist(saved, made)
    if before is None:
        click.echo(f"Saved: scenelist search @{saved.name}")
        return
    was = "" if before.query == saved.query else f" (it was: {plain(before.query)})"
    click.echo(f"Replaced: scenelist search @{saved.name}{was}")
    if before.playlist and before.playlist != saved.playlist:
        say(f"{before.playlist} stays as it is, and is kept fresh no longer.")


def _tell_of_playlist(saved: SavedSearch, made: Refreshed) -> None:
    path = plain(saved.playlist)
    if made.moments:
        click.echo(f"Playlist: {path} ({counted(made.moments, 'moment')})")
    if made.moments and made.missing:
        left = counted(made.missing, "moment is", "moments are")
        say(
            f"{left} left out: {'its file is' if made.missing == 1 else 'their files are'} missing."
        )
    if made.moments:
        return
    files = "its file is" if made.missing == 1 else f"the files of all {made.missing} moments are"
    why = f"{files} missing" if made.missing else "nothing matches yet"
    say(f"No playlist was written, since {why}: `scenelist index` writes it when there is one.")
    if made.removed:
        say(f"The older {path} was removed, since it answers no more.")
