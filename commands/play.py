"""`scenelist play`: moments of the last answer, by number."""

from __future__ import annotations

from dataclasses import replace

import click

from commands.options.delivery import deliver
from commands.options.global_settings import Settings
from commands.options.output import Output, output_options
from playlist.last_answer import last, numbers
from search.user_folders import data_folder


@click.command("play")
@click.argument("which", metavar="[NUMBER]...", nargs=-1)
@output_options
@click.pass_obj
def command(settings: Settings, /, which: tuple[str, ...], output: Output) -> int:
    """Play moments of the last answer: `play 3`, `play 1-5`, `play 2,4-6`; all without a number.

    With -o they are written instead, as a playlist, a film or clips: `play 2 5 -o best.mp4`.
    """
    answer = last(data_folder())
    tracks = answer.numbered(numbers(which)) if which else list(answer.tracks)
    if output.path is None and output.format is None and not output.enqueue:
        output = replace(output, start=True)
    library = replace(settings, library=answer.library).open()
    return deliver(tracks, answer.title, output, library, show=lambda: None)
