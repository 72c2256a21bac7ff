"""`scenelist demo`: the main job on a small drawn world, from films to playlists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands import index
from commands.highlights import highlights_of
from commands.options.answering_model import Model, answering_with
from commands.options.global_settings import Settings
from commands.terminal.answers import print_answers
from commands.terminal.console import say
from indexer.describing.describer import DescriberOptions, describer_kind
from indexer.errors import RequestError
from playlist.clips import join
from playlist.file_names import name_for
from playlist.formats.registry import FORMATS, format_for
from playlist.tracks import clock, tracks_of_moments
from playlist.write_playlist import publish
from search.ranking.confidence import stems
from search.ranking.moments import Moment

if TYPE_CHECKING:
    from search.library import Library
from toy.world.demo import ASKED, QUESTIONS, DemoQuestion, render_demo, scene_span_ms

_MOMENTS = 3


@click.command("demo")
@click.argument(
    "folder", default="scenelist-demo", type=click.Path(path_type=Path, file_okay=False)
)
@click.pass_context
def command(ctx: click.Context, /, folder: Path) -> int:
    """Draw a few films in FOLDER, index them with the toy model, ask, and write playlists."""
    describer_kind("toy").locate(DescriberOptions("toy"), say)  # before anything is drawn
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
        print_answers(moments, stems(question.text))
        path = folder / name_for(question.text, FORMATS[0].suffix)
        publish(tracks_of_moments(moments), question.text, path, FORMATS[0])
        click.echo(f"Playlist: {path}")
        right += bool(moments) and answers(moments[0], question)
    _sheet_and_highlights(folder, library)
    click.echo(f"\nFirst moment right for {right} of {len(QUESTIONS)} questions.")
    _ask(library, settings)
    click.echo(
        "Open a playlist in VLC to see its moments. Next, with your own videos:\n"
        "  scenelist index ~/Videos\n"
        '  scenelist search "a dog catches a frisbee" --play'
    )
    return 0


def _sheet_and_highlights(folder: Path, library: Library) -> None:
    """Write a contact sheet of a question's moments, and the films' highlights as one film."""
    question = QUESTIONS[0].text
    sheet = folder / name_for(question, ".html")
    found = tracks_of_moments(library.search(question, limit=8))
    publish(found, question, sheet, format_for(sheet))
    click.echo(f"\nContact sheet of that first question: {sheet}")
    films = sorted((folder / "videos").glob("*.mp4"))
    best = highlights_of(library, films, minutes=0.5)
    join(best, folder / "highlights.mp4")
    click.echo(f"Highlights of all films in half a minute: {folder / 'highlights.mp4'}")


def _ask(library: Library, settings: Settings) -> None:
    """Ask the model one question about all films, and print its surest answer."""
    from answering.answer_merging import Answer, best_first

    click.echo(f"\nAsked: {ASKED}")
    with answering_with(Model("toy"), settings, library) as (answering, _):
        heard = [item for item in answering.ask(ASKED) if isinstance(item, Answer)]
    for best in best_first(heard)[:1]:
        assert best.video is not None
        when = f"{clock(best.start_ms)} to {clock(best.end_ms)}"
        click.echo(f"Answered: {best.text} ({best.video.path.name}, {when})")
    if not heard:
        click.echo("Answered: it cannot tell.")


def answers(moment: Moment, question: DemoQuestion) -> bool:
    """Whether a moment is in the right film and half of it, or of the scene, is the scene."""
    start_ms, end_ms = scene_span_ms(question)
    both_ms = min(moment.end_ms, end_ms) - max(moment.start_ms, start_ms)
    shorter_ms = min(moment.end_ms - moment.start_ms, end_ms - start_ms)
    return moment.video.path.stem == question.film and both_ms * 2 >= shorter_ms
