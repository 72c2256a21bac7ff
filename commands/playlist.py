"""`scenelist playlist`: every description of a video as a playlist."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from commands.screen import say
from commands.settings import Settings
from indexer.errors import RequestError
from playlist.files import name_for
from playlist.formats import FORMATS, format_for
from playlist.player import play
from playlist.publish import publish
from playlist.tracks import tracks_of_video


@click.command("playlist")
@click.argument(
    "videos", metavar="VIDEO...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Playlist to write; - for stdout.  [a file named after the first video]",
)
@click.option("--play", "start", is_flag=True, help="Open the playlist in VLC.")
@click.pass_obj
def command(
    settings: Settings, /, videos: tuple[Path, ...], output: Path | None, start: bool
) -> int:
    """Make a playlist of all that happens in videos: a track for each description, in order."""
    to_stdout = output is not None and str(output) == "-"
    if start and to_stdout:
        raise click.UsageError("--play needs a playlist in a file: leave -o - out.")
    known = format_for(None if to_stdout else output)
    library = settings.open()
    tracks = [
        track
        for video in videos
        for track in tracks_of_video(library.video(video), library.segments(video))
    ]
    if not tracks:
        raise RequestError("Nothing is described of that yet: run `scenelist index` on it first.")
    path = output or Path(name_for(videos[0].stem, FORMATS[0].suffixes[0]))
    title = ", ".join(video.stem for video in videos)
    written = publish(tracks, title, None if to_stdout else path, known)
    if not written.data:
        raise RequestError("None of these videos is on this disk now, so nothing could be played.")
    if to_stdout:
        sys.stdout.buffer.write(written.data)
        return 0
    click.echo(f"Playlist: {path}")
    if written.missing:
        say(f"{written.missing} tracks are left out: their files are missing.")
    if start:
        play(path)
    return 0
