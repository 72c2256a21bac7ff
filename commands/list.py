"""`scenelist list`: what is in the library."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from commands.options.global_settings import Settings
from commands.terminal.console import linked, print_json, print_table, say
from indexer.describing.checkpoints import SIZES
from playlist.tracks import clock
from search.catalogue.file_states import STATES
from search.catalogue.video_selection import NothingCalledError

if TYPE_CHECKING:
    from search.catalogue.catalogue import Listed

_ORDERS: dict[str, Callable[[Listed], object]] = {
    "path": lambda file: file.video.path,
    "length": lambda file: -file.video.duration_ms,
    "windows": lambda file: -file.segments,
    "recorded": lambda file: file.video.recorded_ms or file.video.mtime_ns // 1_000_000,
}


@click.command("list")
@click.argument("patterns", metavar="[PATTERN]...", nargs=-1)
@click.option(
    "--state", "states", multiple=True, type=click.Choice(STATES), help="Only these; repeatable."
)
@click.option("--model", metavar="NAME", help="Only what this model described.")
@click.option("--sort", type=click.Choice(list(_ORDERS)), default="path", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(
    settings: Settings,
    /,
    patterns: tuple[str, ...],
    states: tuple[str, ...],
    model: str | None,
    sort: str,
    as_json: bool,
) -> int:
    """List the videos in the library: all, or those that a PATTERN names.

    A PATTERN is a path, a folder, the name or part of the name of a file or folder, a glob
    (*.mkv), or a filter as in a search (in:lake after:2024-06). A first look is all that a quick
    pass (`index --quick`) has taken of a video so far. Videos are hidden when an ignore file names
    them that was not there when they were described.
    """
    library, listed = settings.open(), None
    if patterns:
        try:
            listed = {video.path for video in library.choose(patterns)}
        except NothingCalledError as error:
            say(str(error))
            listed = set()
    files = [
        file
        for file in library.listing()
        if (listed is None or file.video.path in listed)
        and (not states or file.state in states)
        and (model is None or _is_by(file, model))
    ]
    files.sort(key=_ORDERS[sort])  # type: ignore[arg-type]  # each order's keys compare
    if as_json:
        print_json([_facts(file) for file in files])
        return 0 if files else 1
    print_table(
        ["windows", "length", "state", "video"],
        (
            [
                str(file.segments),
                clock(file.video.duration_ms),
                f"{file.state}: {file.error}" if file.state == "failed" else file.state,
                linked(file.video.path),
            ]
            for file in files
        ),
    )
    return 0 if files else 1


def _is_by(file: Listed, model: str) -> bool:
    """Whether a model described a file; it may be named as for `index` or as it is recorded."""
    return file.recipe is not None and file.recipe.model in {model, SIZES.get(model.lower(), model)}


def _facts(file: Listed) -> dict[str, object]:
    video = file.video
    return {
        "video": str(video.path),
        "state": file.state,
        "error": file.error or None,
        "duration": video.duration_ms / 1000,
        "width": video.width,
        "height": video.height,
        "segments": file.segments,
        "model": file.recipe.model if file.recipe else None,
        "note": video.note or None,
        "recorded": _date(video.recorded_ms),
    }


def _date(ms: int) -> str | None:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat() if ms else None
