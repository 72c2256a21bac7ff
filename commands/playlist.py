"""`scenelist playlist`: what happens in a video, as a playlist."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from commands.options.delivery import deliver
from commands.options.global_settings import Settings
from commands.options.output import Output, output_options
from indexer.video import Video
from playlist.tracks import Track, titled, track, tracks_of_video

# So many videos are all named in a title.
_NAMED_EACH = 3


@click.command("playlist")
@click.argument("videos", metavar="VIDEO...", nargs=-1, required=True)
@click.option("--every-window", is_flag=True, help="A track for each description, unmerged.")
@output_options
@click.pass_obj
def command(
    settings: Settings, /, videos: tuple[str, ...], every_window: bool, output: Output
) -> int:
    """Make a playlist of all that happens in videos, in order.

    Neighbouring windows that say the same become one chapter with a short title. A VIDEO is a
    path, a folder, the name or part of the name of a file or folder in the library, a pattern
    (*.mkv), or a filter as in a search (in:lake after:2024-06).
    """
    from playlist.chapters import chapters

    library = settings.open()
    tracks: list[Track] = []
    chosen = library.choose(videos)
    for video in chosen:
        segments = library.segments(video.path)
        if every_window:
            tracks += tracks_of_video(video, segments)
            continue
        for chapter in chapters(segments, library.embeddings(video.path)):
            window = chapter.window
            made = track(video, window.start_ms, window.end_ms, chapter.text)
            tracks.append(titled(made, chapter.title))
    if not tracks:
        raise library.nothing_described(chosen)
    return deliver(tracks, title_of(videos, chosen), output, library)


def title_of(named: Sequence[str], chosen: Sequence[Video]) -> str:
    """Return a title: the videos' names, or of many what they were called by."""
    if len(chosen) <= max(len(named), _NAMED_EACH):
        return ", ".join(video.path.stem for video in chosen)
    return ", ".join(Path(name).name or name for name in named)
