"""`scenelist playlist`: what happens in a video, as a playlist."""

from __future__ import annotations

from pathlib import Path

import click

from commands.options.output import Output, deliver, output_options
from commands.options.settings import Settings
from indexer.errors import RequestError
from playlist.tracks import Track, titled, track, tracks_of_video


@click.command("playlist")
@click.argument(
    "videos", metavar="VIDEO...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--every-window", is_flag=True, help="A track for each description, unmerged.")
@output_options
@click.pass_obj
def command(
    settings: Settings, /, videos: tuple[Path, ...], every_window: bool, output: Output
) -> int:
    """Make a playlist of all that happens in videos, in order.

    Neighbouring windows that say the same become one chapter with a short title.
    """
    from playlist.chapters import chapters

    library = settings.open()
    tracks: list[Track] = []
    for path in videos:
        video, segments = library.video(path), library.segments(path)
        if every_window:
            tracks += tracks_of_video(video, segments)
            continue
        for chapter in chapters(segments, library.embeddings(path)):
            window = chapter.window
            made = track(video, window.start_ms, window.end_ms, chapter.text)
            tracks.append(titled(made, chapter.title))
    if not tracks:
        raise RequestError("Nothing is described of that yet: run `scenelist index` on it first.")
    return deliver(tracks, ", ".join(path.stem for path in videos), output, library)
