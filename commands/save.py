"""`scenelist save`: keep a question under a name."""

from __future__ import annotations

from pathlib import Path

import click

from commands.options.global_settings import Settings
from commands.options.searching import question_of
from playlist.formats.registry import format_for
from search.query.parser import parse
from search.saved_searches import SavedSearch


@click.command("save")
@click.argument("name")
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1), default=50, help="Most moments. [50]")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A playlist that `index` and `index --watch` keep fresh; its suffix says the format.",
)
@click.pass_obj
def command(
    settings: Settings, /, name: str, query: tuple[str, ...], limit: int, output: Path | None
) -> None:
    """Keep QUERY under NAME: `scenelist search @NAME` asks it, `saved --new` tells what is new.

    With -o, the answers are also kept as a playlist that is written anew whenever videos have been
    indexed. A query may use other saved ones: `scenelist save both @dogs ; @cats`.
    """
    from playlist.smart_playlists import refresh

    library = settings.open()
    text = question_of(query)
    parse(library.saved.expand(text))
    if output is not None:
        format_for(output, None)
    path = str(output.expanduser().absolute()) if output is not None else ""
    saved = SavedSearch(name, text, limit, path)
    if path:
        count = refresh(library, saved)
        click.echo(f"Playlist: {output} ({count} {'moment' if count == 1 else 'moments'})")
    library.saved.put(saved)
    click.echo(f"Saved: scenelist search @{name}")
