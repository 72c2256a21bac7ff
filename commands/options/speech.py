"""What `scenelist index` is told of speech: how it is to be written down, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.options.global_settings import Settings
from commands.terminal.console import markup, news, print_json, say
from commands.terminal.exit_status import EXIT_SOME_FAILED
from commands.terminal.speech_counts import SpeechCounts
from commands.terminal.summary import say_stopped
from indexer.errors import ModelError, RequestError
from indexer.speech.audio_tracks import two_letters
from indexer.speech.languages import Languages
from indexer.speech.listener_thread import Beside
from indexer.speech.speech_run import Listener, SpeechJob
from indexer.speech.transcribing.supervisor import SpeechWorker
from indexer.speech.transcribing.transcriber import (
    SpeechOptions,
    SpeechRecipe,
    installed,
    transcriber_kind,
)
from search.store.manifest import Manifest, SpeechWishes

if TYPE_CHECKING:
    from indexer.pipeline.stopping import Stopping
    from search.library import Library

OFF, AUTO = "off", "auto"


@dataclass(frozen=True, slots=True)
class SpeechFlags:
    """What the command line asks for; None where the library's own ways are to be kept."""

    speech: str | None
    language: str | None
    audio_track: str | None


def wishes_for(flags: SpeechFlags, known: Manifest) -> SpeechWishes:
    """Return how speech is to be written down: as wished, else as the library was."""
    last = known.speech
    language = last.language if flags.language is None else flags.language
    language = "" if language == AUTO else two_letters(language)
    track = last.track if flags.audio_track is None else flags.audio_track
    return SpeechWishes(
        flags.speech or last.model or AUTO, language, "" if track == AUTO else track
    )


def listener_for(
    wishes: SpeechWishes, settings: Settings
) -> tuple[Listener | None, SpeechWishes, str]:
    """Find the model that is to write speech down; None: none is wanted, or can be had.

    Where nobody named one, going without is no error. Returns the wishes with the model that
    `auto` chose, and what is to be said of that.

    Raises:
        ModelError: the model that was named cannot be had.
    """
    if wishes.model == OFF or (wishes.model == AUTO and not installed()):
        return None, wishes, ""
    options = SpeechOptions(wishes.model, wishes.language, settings.offline, settings.cache)
    try:
        model = transcriber_kind(wishes.model).locate(options, say)
    except ModelError as error:
        if wishes.model != AUTO:
            raise
        return None, wishes, f"What is said is left out for now: {error}"
    recipe = SpeechRecipe(model.name, model.revision, wishes.language, wishes.track)
    named = SpeechWishes(model.chosen or wishes.model, wishes.language, wishes.track)
    note = f"Speech is written down with Whisper's {model.chosen} (--speech chooses another)."
    return Listener(options, model, recipe), named, note if model.chosen else ""


def speech_job(
    paths: Iterable[Path],
    listener: Listener | None,
    wishes: SpeechWishes,
    named: Collection[Path],
    *,
    subtitles: bool,
    languages: Languages,
    retry: bool,
) -> SpeechJob | None:
    """Return whose words are wanted in an indexing run; None: nobody's."""
    if listener is None and not subtitles:
        return None
    return SpeechJob(
        paths,
        SpeechWorker,
        listener,
        subtitles,
        wishes.track,
        languages,
        lambda path: retry or path in named,
    )


def listen_only(
    job: SpeechJob | None, library: Library, files: int, stopping: Stopping, *, as_json: bool
) -> int:
    """Find the words of files, describe nothing; show how it goes and return the exit status.

    What `stopping` says ends it cleanly, as it ends a run that describes.

    Raises:
        RequestError: there is nothing to get words from.
    """
    if job is None:
        raise RequestError("There is nothing to do: leave --no-subtitles or --speech off out.")
    embed_apart(library)
    counts, console = SpeechCounts(), news()
    with (
        library.writing() as writer,
        console.status("listening") as status,
        Beside(job, writer) as beside,
    ):
        for item in beside.rest(stopping.reason):
            if line := counts.hear(item):
                console.print(markup(line))
            status.update(f"listening{counts.so_far()}")
        stopped = stopping.reason() if beside.works else ""
    if stopped:
        say_stopped(stopped)
    if as_json:
        print_json({"files": files, "speech": counts.facts(), "stopped": stopped or None})
    else:
        click.echo(f"Wrote down {counts.summed_up() or 'nothing new'}.")
    return EXIT_SOME_FAILED if counts.failed else 0


def embed_apart(library: Library) -> None:
    """Bring an older library up: embed its descriptions without what is said, once."""
    if library.mixed:
        say("Embedding descriptions apart from what is said, once; nothing is described again.")
        say(f"Embedded {library.embed_apart()} descriptions.")
