"""`scenelist demo`: the main job on a small drawn world, from films to playlists."""

from __future__ import annotations

from pathlib import Path

import click

from commands import index
from commands.screen import say
from commands.search import print_moments
from commands.settings import Settings
from indexer.errors import RequestError
from playlist.files import name_for
from playlist.formats import FORMATS
from playlist.publish import publish
from playlist.tracks import tracks_of_moments
from search.moments import Moment
from toyworld.demo import QUESTIONS, DemoQuestion, render_demo, scene_span_ms

_MOMENTS = 3


@click.command("demo")
@click.argument(
    "folder", default="scenelist-demo", type=click.Path(path_type=Path, file_okay=False)
)
@click.pass_context
def command(ctx: click.Context, /, folder: Path) -> int:
    """Draw a few films in FOLDER, index them with the toy model, ask, and write playlists."""
    folder = folder.absolute()
    settings = Settings(folder / "library", ctx.obj.offline)
    try:
        render_demo(folder / "videos", lambda name: say(f"Drawing {name}.mp4"))
    except OSError as error:
        raise RequestError(
            f"{folder} cannot be written ({error.strerror}): choose another."
        ) from error
    ctx.obj = settings
    ctx.invoke(index.command, paths=(folder / "videos",), model="toy")
    library = settings.open()
    right = 0
    for question in QUESTIONS:
        moments = library.search(question.text, limit=_MOMENTS)
        click.echo(f"\n{question.text}")
        print_moments(moments)
        path = folder / name_for(question.text, FORMATS[0].suffix)
        publish(tracks_of_moments(moments), question.text, path, FORMATS[0])
        click.echo(f"Playlist: {path}")
        right += bool(moments) and answers(moments[0], question)
    click.echo(f"\nFirst moment right for {right} of {len(QUESTIONS)} questions.")
    click.echo(
        "Open a playlist in VLC to see its moments. Next, with your own videos:\n"
        "  scenelist index ~/Videos\n"
        '  scenelist search "a dog catches a frisbee" --play'
    )
    return 0


def answers(moment: Moment, question: DemoQuestion) -> bool:
    """Whether a moment is in the right film and half of it, or of the scene, is the scene."""
    start_ms, end_ms = scene_span_ms(question)
    both_ms = min(moment.end_ms, end_ms) - max(moment.start_ms, start_ms)
    shorter_ms = min(moment.end_ms - moment.start_ms, end_ms - start_ms)
    return moment.video.path.stem == question.film and both_ms * 2 >= shorter_ms
