"""`scenelist saved`: the saved searches, and what is new in them since last time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.options.global_settings import Settings
from commands.searching.asking import moment_facts
from commands.terminal.answers import print_answers
from commands.terminal.console import plain, print_json, print_table, say
from commands.terminal.exit_status import EXIT_ERROR, EXIT_NOTHING_FOUND, EXIT_SOME_FAILED
from commands.terminal.fresh_playlists import keep_playlists_fresh
from commands.terminal.standard_output import has_been_read
from indexer.errors import RequestError
from playlist.last_answer import LastAnswer, keep
from playlist.tracks import Track, tracks_of_moments
from search.user_folders import data_folder

if TYPE_CHECKING:
    from search.library import Library
    from search.new_moments import News
    from search.saved_searches import SavedSearch


@click.command("saved")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--new", is_flag=True, help="Tell moments not told before; exit 1 if there are none.")
@click.option("--drop", is_flag=True, help="Forget these searches; their playlists stay.")
@click.option("--rename", is_flag=True, help="Call the first NAME as the second one says.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(
    settings: Settings,
    /,
    names: tuple[str, ...],
    new: bool,
    drop: bool,
    rename: bool,
    as_json: bool,
) -> int:
    """List the saved searches, or with --new what they find that has not been told before.

    New is what was described, written down or imported since the search told last. One that cannot
    be asked is named, the others tell (exit 3). What cannot be printed is told again next time.

    For a scheduled job: `scenelist saved --new && notify-send "new moments"`.
    Another name, also in the searches that use it: `scenelist saved --rename OLD NEW`.
    """
    if new + drop + rename > 1 or (as_json and (drop or rename)):
        raise click.UsageError("One at a time: --new, --drop or --rename; --json is for telling.")
    library = settings.open()
    if rename:
        return _rename(library, names)
    if drop:
        return _drop(library, names)
    names = tuple(dict.fromkeys(names))
    known = [library.saved.get(name) for name in names] if names else library.saved.all()
    if new and known:
        return _tell_new(library, [search.name for search in known], as_json=as_json)
    if as_json:
        print_json({"new": {}} if new else [_facts(search) for search in known])
    elif known:
        print_table(
            ["name", "query", "playlist"], ([f"@{s.name}", s.query, s.playlist] for s in known)
        )
    else:
        say("No search is saved yet: scenelist save NAME QUERY.")
    return EXIT_NOTHING_FOUND if new else 0


def _facts(search: SavedSearch) -> dict[str, object]:
    facts: dict[str, object] = {"name": search.name, "query": search.query}
    return facts | {"limit": search.limit, "playlist": search.playlist or None}


def _rename(library: Library, names: Sequence[str]) -> int:
    if len(names) != 2:
        raise RequestError("Say which and how: scenelist saved --rename OLD NEW.")
    search = library.saved.rename(*names)
    click.echo(f"Renamed: scenelist search @{search.name}")
    if search.playlist:
        keep_playlists_fresh(library)
    return 0


def _drop(library: Library, names: Sequence[str]) -> int:
    if not names:
        raise RequestError("Say which: scenelist saved NAME --drop.")
    known = [library.saved.get(name) for name in dict.fromkeys(names)]
    library.saved.drop(*(search.name for search in known))
    click.echo(f"Dropped {', '.join(search.name for search in known)}.")
    for search in known:
        if search.playlist:
            say(f"{search.playlist} stays as it is, and is kept fresh no longer.")
    return 0


@dataclass(slots=True)
class _Told:
    """What is new by search, and why the others cannot be asked."""

    news: dict[str, News] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """How the command ends."""
        if self.failed:
            return EXIT_SOME_FAILED if self.news else EXIT_ERROR
        return 0 if any(each.moments for each in self.news.values()) else EXIT_NOTHING_FOUND


def _tell_new(library: Library, names: Sequence[str], *, as_json: bool) -> int:
    """Tell what is new, and remember that where it has been read; return the exit status.

    One process does so at a time: what one tells is no news for the next.
    """
    with library.saved.telling():
        told = _look(library, names)
        _print(told, library.folder, as_json=as_json)
        if has_been_read():
            library.saved.remember(
                {name: (news.told, news.held) for name, news in told.news.items()}
            )
    return told.status


def _look(library: Library, names: Sequence[str]) -> _Told:
    from search.new_moments import news_of

    told, held = _Told(), library.coverage()
    for search in library.saved.all():
        if search.name in names:
            try:
                told.news[search.name] = news_of(library, search, held)
            except RequestError as error:
                told.failed[search.name] = str(error)
    return told


def _print(told: _Told, folder: Path, *, as_json: bool) -> None:
    """Print what is new, numbered on from one search to the next, for `play`."""
    for name, why in told.failed.items():
        for line in f"@{name} cannot be asked: {why}".splitlines():
            say(line)
    found = {name: news.moments for name, news in told.news.items() if news.moments}
    if as_json:
        facts: Mapping[str, object] = {
            name: [moment_facts(moment) for moment in moments] for name, moments in found.items()
        }
        print_json({"new": facts} | ({"failed": told.failed} if told.failed else {}))
        return
    tracks: list[Track] = []
    for name, moments in found.items():
        click.echo(f"@{plain(name)}: {len(moments)} new")
        print_answers(moments, first=len(tracks) + 1)
        tracks += tracks_of_moments(moments)
    if found:
        title = "new in " + ", ".join(f"@{name}" for name in found)
        keep(LastAnswer(title, folder, tuple(tracks)), data_folder())
    elif told.news:
        say("Nothing new.")
