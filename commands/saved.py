"""`scenelist saved`: the saved searches, and what is new in them since last time."""

from __future__ import annotations

from pathlib import Path

import click

from commands.options.global_settings import Settings
from commands.searching.asking import moment_facts
from commands.terminal.answers import print_answers
from commands.terminal.console import print_json, print_table, say
from commands.terminal.exit_status import EXIT_NOTHING_FOUND
from indexer.errors import RequestError
from playlist.last_answer import LastAnswer, keep
from playlist.tracks import Track, tracks_of_moments
from search.ranking.moments import Moment
from search.user_folders import data_folder


@click.command("saved")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--new", is_flag=True, help="Tell moments not told before; exit 1 if there are none.")
@click.option("--drop", is_flag=True, help="Forget these searches; their playlists stay.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(
    settings: Settings, /, names: tuple[str, ...], new: bool, drop: bool, as_json: bool
) -> int:
    """List the saved searches, or with --new what they find that has not been told before.

    For a scheduled job: `scenelist saved --new && notify-send "new moments"`.
    """
    library = settings.open()
    known = [library.saved.get(name) for name in names] if names else library.saved.all()
    if drop:
        if not names:
            raise RequestError("Say which: scenelist saved NAME --drop.")
        for search in known:
            library.saved.drop(search.name)
        click.echo(f"Dropped {', '.join(search.name for search in known)}.")
        return 0
    if new:
        found: dict[str, list[Moment]] = {}
        for search in known:
            moments = search.unseen(library.search(search.query, search.limit))
            if moments:
                found[search.name] = moments
                library.saved.put(library.saved.get(search.name).having_seen(moments))
        _tell_new(found, library.folder, as_json=as_json)
        return 0 if found else EXIT_NOTHING_FOUND
    if as_json:
        print_json(
            [
                {"name": s.name, "query": s.query, "limit": s.limit, "playlist": s.playlist or None}
                for s in known
            ]
        )
    elif known:
        print_table(
            ["name", "query", "playlist"], ([f"@{s.name}", s.query, s.playlist] for s in known)
        )
    else:
        say("No search is saved yet: scenelist save NAME QUERY.")
    return 0


def _tell_new(found: dict[str, list[Moment]], folder: Path, *, as_json: bool) -> None:
    """Print what is new, numbered on from one search to the next, for `play`."""
    if as_json:
        facts = {name: [moment_facts(m) for m in moments] for name, moments in found.items()}
        print_json({"new": facts})
        return
    tracks: list[Track] = []
    for name, moments in found.items():
        click.echo(f"@{name}: {len(moments)} new")
        print_answers(moments, first=len(tracks) + 1)
        tracks += tracks_of_moments(moments)
    if found:
        title = "new in " + ", ".join(f"@{name}" for name in found)
        keep(LastAnswer(title, folder, tuple(tracks)), data_folder())
    else:
        say("Nothing new.")
