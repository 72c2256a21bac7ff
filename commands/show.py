"""`scenelist show`: the descriptions of a video."""

from __future__ import annotations

from collections.abc import Sequence

import click

from commands.options.global_settings import Settings
from commands.terminal.console import plain, print_json, print_table, say
from indexer.segments import Segment
from indexer.video import Video
from playlist.tracks import clock


@click.command("show")
@click.argument("videos", metavar="VIDEO...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(settings: Settings, /, videos: tuple[str, ...], as_json: bool) -> None:
    """Show what is written down of VIDEO, window by window.

    A VIDEO is a path, a folder, the name or part of the name of a file or folder in the library,
    a pattern (*.mkv), or a filter as in a search (in:lake after:2024-06).
    """
    library = settings.open()
    chosen = library.choose(videos)
    described = [(video, library.segments(video.path, answers=True)) for video in chosen]
    if not any(segments for _, segments in described):
        raise library.nothing_described(chosen)
    if as_json:
        facts = [_facts(video, segments) for video, segments in described]
        if len(facts) == 1:
            print_json(facts[0])
        else:
            print_json([*facts])
        return
    for video, segments in described:
        if len(described) > 1:
            click.echo(f"{plain(str(video.path))}:")
        if video.note:
            say(f"{video.path.name}: {video.note}")
        print_table(
            ["start", "end", "what happens"],
            ([clock(s.window.start_ms), clock(s.window.end_ms), _told(s)] for s in segments),
        )


def _facts(video: Video, segments: Sequence[Segment]) -> dict[str, object]:
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
    return {"video": str(video.path), "duration": video.duration_ms / 1000, "segments": rows}


def _told(segment: Segment) -> str:
    """Return what happens, where the words come from if not from looking, and what is said."""
    parts = [segment.text]
    if segment.same_as_ms is not None:
        parts.append(f"(the same picture as at {clock(segment.same_as_ms)})")
    if segment.transcript:
        parts.append(f"[{segment.transcript}]")
    return " ".join(parts)
