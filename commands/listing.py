"""`scenelist list`: what is in the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commands.screen import linked, print_json, print_table
from commands.settings import Settings
from playlist.tracks import clock

if TYPE_CHECKING:
    from search.library import Listed


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(settings: Settings, /, as_json: bool) -> None:
    """List the videos in the library."""
    files = settings.open().listing()
    if as_json:
        print_json([_facts(file) for file in files])
        return
    print_table(
        ["windows", "length", "state", "video"],
        (
            [
                str(file.segments),
                clock(file.video.duration_ms),
                f"{file.state}: {file.error}" if file.error else file.state,
                linked(file.video.path),
            ]
            for file in files
        ),
    )


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
    }
