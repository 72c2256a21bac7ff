"""`scenelist ask`: the model answers, about a moment, a video, pictures or the whole library."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from answering.video_reference import VideoReference
from commands.options.answering_model import Model, answering_with, looking, model_options
from commands.options.delivery import deliver
from commands.options.global_settings import Settings
from commands.options.output import Output, output_options
from commands.options.searching import asking_options
from commands.searching.asking import with_pictures_told
from commands.terminal.console import Cell, linked, plain, print_json, print_table, say
from commands.terminal.exit_status import EXIT_ERROR, EXIT_INTERRUPTED, EXIT_NOTHING_FOUND
from indexer.errors import RequestError, ScenelistError
from playlist.tracks import Track, clock, track
from search.catalogue.video_selection import the_one
from search.query.filters.registry import ANY, Filters, filters_of, joined
from search.query.options import SearchOptions

if TYPE_CHECKING:
    from answering.answer_merging import Answer
    from answering.answering import Answering
    from indexer.describing.describer import Picture
    from search.library import Library


# Frames that stay seen in a conversation: a hundred windows of eight.
_CONVERSATION = 800


@dataclass(frozen=True, slots=True)
class Asked:
    """Where questions are asked, and what becomes of the answers."""

    place: VideoReference | None
    pictures: Sequence[Picture]
    most: int
    options: SearchOptions
    keep: bool
    as_json: bool
    output: Output
    model: str
    library: Library | None


@click.command("ask")
@click.argument("question", required=False)
@click.argument("videos", nargs=-1, metavar="[VIDEO[@TIME[-TIME]]]")
@click.option(
    "--image",
    "images",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Ask about this picture, beside a video or instead; repeatable.",
)
@click.option("--limit", type=click.IntRange(1), default=5, help="Moments looked at. [5]")
@click.option("--interactive", is_flag=True, help="Go on asking; the model stays loaded.")
@click.option("--keep", is_flag=True, help="Write the answers to the library, to be found later.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@asking_options
@model_options
@output_options
@click.pass_obj
def command(
    settings: Settings,
    /,
    question: str | None,
    videos: tuple[str, ...],
    images: tuple[Path, ...],
    limit: int,
    interactive: bool,
    keep: bool,
    as_json: bool,
    output: Output,
    options: SearchOptions,
    model: Model,
) -> int:
    """Ask the model QUESTION about a moment, a stretch or all of VIDEO, or about the library.

    VIDEO is a file, or what `show` takes: a folder, the name or part of the name of a file or
    folder in the library, a pattern or a filter. Where that is several, their best moments answer.

    \b
      scenelist ask "What colour is the car?" holiday.mp4@12:30
      scenelist ask "Does anyone wear a hat?" holiday.mp4@12:30-13:00
      scenelist ask "When does the cake come?" party.mp4
      scenelist ask "Who catches the frisbee?"          the best moments of the library
      scenelist ask "What has changed?" --image before.jpg --image after.jpg

    Answers come with the film and the time they rest on, surest first. Where nothing that the
    question is about is seen there is no answer, and the exit status is 1. -o makes a playlist.
    """  # noqa: D301 - \b is click's mark for lines to leave as they are
    from answering.picture_files import read_picture
    from search.store.manifest import exists

    if len(videos) > 1:
        raise click.UsageError('Put the question in quotes: scenelist ask "QUESTION" [VIDEO].')
    video = videos[0] if videos else None
    if interactive and question is not None and video is None:
        question, video = None, question  # the questions come from the prompt
    if question is None and not interactive:
        raise click.UsageError("Say what you want to know: scenelist ask QUESTION [VIDEO].")
    pictures = [read_picture(path) for path in images]
    needs_library = keep or (video is None and not pictures)
    library = settings.open() if needs_library or exists(settings.library) else None
    place = None
    if video is not None:
        place, among = _meant(video, library)
        options = replace(options, filters=joined(options.filters, among))
    if library is not None and options.pictures:
        options, _ = with_pictures_told(library, options, model)
    remembered = {"remembered": _CONVERSATION} if interactive else {}
    with answering_with(model, settings, library, **remembered) as (answering, name):
        asked = Asked(place, pictures, limit, options, keep, as_json, output, name, library)
        if interactive:
            return _converse(answering, asked, question)
        assert question is not None
        return _ask(answering, asked, question)


def _meant(text: str, library: Library | None) -> tuple[VideoReference | None, Filters]:
    """Return the one video that is meant and where in it; or None, and filters for several.

    A file is what it is called; anything else is looked for in the library.

    Raises:
        RequestError: nothing is called so, or a time is asked about in several.
    """
    from answering.video_reference import read_reference

    whole = Path(text).expanduser()
    place = read_reference(text) if not whole.is_dir() else None
    if library is None or (place is not None and place.path.expanduser().is_file()):
        return place or read_reference(text), ANY
    try:
        chosen, timed = library.choose([text]), False
    except RequestError:
        if place is None or place.start_ms is None:
            raise
        chosen, timed = library.choose([str(place.path)]), True
    if timed or len(chosen) == 1:
        only = the_one(chosen, str(place.path) if place else text)
        start_ms, end_ms = (place.start_ms, place.end_ms) if place and timed else (None, None)
        return VideoReference(only.path, start_ms, end_ms), ANY
    say(f"Looking in {len(chosen)} videos.")
    return None, filters_of({"in": [str(video.path) for video in chosen]})


def _converse(answering: Answering, asked: Asked, first: str | None) -> int:
    """Answer one line after another until there are no more; what goes wrong costs one line."""
    status = EXIT_NOTHING_FOUND
    for question in _lines(first):
        try:
            status = _ask(answering, asked, question)
        except ScenelistError as error:
            say(f"Error: {error}")
            status = EXIT_ERROR
    return status


def _lines(first: str | None) -> Iterator[str]:
    """Yield the questions of a conversation: one given already, then those from stdin."""
    if first:
        yield first
    prompt = sys.stdin.isatty()
    if prompt:
        say("Ask; an empty line or Ctrl-D ends.")
    while True:
        if prompt:
            click.echo("? ", nl=False, err=True)
        line = sys.stdin.readline()
        if not line.strip():
            return
        yield line.strip()


def _ask(answering: Answering, asked: Asked, question: str) -> int:
    """Ask one question, print its answers; return the exit status."""
    from answering.answer_merging import Answer, Unseen, Watched, best_first

    answers: list[Answer] = []
    interrupted = False
    heard = answering.ask(
        question, asked.place, pictures=asked.pictures, options=asked.options, most=asked.most
    )
    try:
        with closing(heard), looking("Looking") as told:
            for item in heard:
                match item:
                    case Answer():
                        answers.append(item)
                    case Watched(done, total):
                        told(done, total)
                    case Unseen(path, why):
                        say(f"{path} cannot be looked at: {why}.")
    except KeyboardInterrupt:
        interrupted = True
    answers = best_first(answers)
    if asked.keep and answers:
        say(f"Kept in the library: {answering.keep(question, answers, asked.model)}.")
    status = _tell(question, answers, asked)
    return EXIT_INTERRUPTED if interrupted else status


def _tell(question: str, answers: list[Answer], asked: Asked) -> int:
    """Print answers, and write the playlist that is asked for; return the exit status."""

    def show() -> None:
        if asked.as_json:
            facts = [_facts(answer) for answer in answers]
            print_json({"question": question, "answers": facts})
        elif answers:
            print_table(["sure", "start", "end", "video", "answer"], map(_row, answers))

    output = asked.output
    if not answers:
        show()
        say(f"I cannot tell: nothing that {plain(question)!r} asks about is seen there.")
        return EXIT_NOTHING_FOUND
    if output.path is None and not output.plays and output.format is None:
        show()
        return 0
    tracks = [item for answer in answers for item in _tracks(answer)]
    return deliver(tracks, question, output, asked.library, show=show, quiet=asked.as_json)


def _row(answer: Answer) -> list[Cell]:
    sure = "" if answer.probability is None else f"{answer.probability:.2f}"
    if answer.video is None:
        return [sure, "", "", "", answer.text]
    video = linked(answer.video.path, answer.video.path.name)
    return [sure, clock(answer.start_ms), clock(answer.end_ms), video, answer.text]


def _facts(answer: Answer) -> dict[str, object]:
    probability = answer.probability
    facts: dict[str, object] = {
        "video": str(answer.video.path) if answer.video else None,
        "start": answer.start_ms / 1000,
        "end": answer.end_ms / 1000,
        "answer": answer.text,
        "probability": None if probability is None else round(probability, 4),
    }
    if answer.rests_on:
        facts["rests_on"] = [
            {"start": each.start_ms / 1000, "end": each.end_ms / 1000} for each in answer.rests_on
        ]
    return facts


def _tracks(answer: Answer) -> list[Track]:
    """Return a track for each stretch that an answer rests on."""
    from indexer.windows import Window

    if answer.video is None:
        return []
    windows = answer.rests_on or (Window(answer.start_ms, answer.end_ms),)
    return [track(answer.video, each.start_ms, each.end_ms, answer.text) for each in windows]
