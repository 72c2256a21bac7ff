"""`scenelist show`: the descriptions of a video."""

from __future__ import annotations

from pathlib import Path

import click

from commands.options.settings import Settings
from commands.terminal.screen import print_json, print_table, say
from indexer.segments import Segment
from playlist.tracks import clock


@click.command("show")
@click.argument("video", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(settings: Settings, /, video: Path, as_json: bool) -> None:
    """Show what is written down of VIDEO, window by window."""
    library = settings.open()
    known, segments = library.video(video), library.segments(video)
    if as_json:
        rows = [
            {
                "start": s.window.start_ms / 1000,
                "end": s.window.end_ms / 1000,
                "text": s.text,
                **({"transcript": s.transcript} if s.transcript else {}),
                **({} if s.same_as_ms is None else {"same_as": s.same_as_ms / 1000}),
            }
            for s in segments
        ]
        duration = known.duration_ms / 1000
        print_json({"video": str(known.path), "duration": duration, "segments": rows})
        return
    if known.note:
        say(f"{known.path.name}: {known.note}")
    print_table(
        ["start", "end", "what happens"],
        (
            [
                clock(s.window.start_ms),
                clock(s.window.end_ms),
                _told(s),
            ]
            for s in segments
        ),
    )


def _told(segment: Segment) -> str:
    """Return what happens, where the words come from if not from looking, and what is said."""
    parts = [segment.text]
    if segment.same_as_ms is not None:
        parts.append(f"(the same picture as at {clock(segment.same_as_ms)})")
    if segment.transcript:
        parts.append(f"[{segment.transcript}]")
    return " ".join(parts)
