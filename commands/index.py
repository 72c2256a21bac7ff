"""`scenelist index`: describe what happens in videos."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from commands.indexing.execution import hide, runs_of
from commands.indexing.follow_folders import watch
from commands.indexing.plan import Files, files_of, plan_of, words_of
from commands.indexing.request import IndexRequest, asked_of, check, ending_of, stopping_of
from commands.options.global_settings import Settings
from commands.options.option_types import BatchSize, Devices
from commands.options.servers import server_options
from commands.options.speech import listen_only
from commands.terminal.console import say
from commands.terminal.forecast import forecast, forecast_words, warn_of_hearing_again
from commands.terminal.fresh_playlists import keep_playlists_fresh
from commands.terminal.run_line import roughly
from indexer.describing.engines.registry import ENGINES
from indexer.describing.hardware import DTYPES
from indexer.errors import RequestError
from indexer.media.readers.reader import SAMPLINGS
from indexer.pipeline.stopping import Ending, Stopping
from indexer.processes.priority import be_nice
from indexer.scanning.scan_order import ORDERS
from indexer.speech.speech_ledger import NoMemory, SpeechMemory
from search.store.manifest import exists, read_if_there


@click.command("index")
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--model", metavar="NAME", help="256m, 500m, 2.2b, toy, a hub id or a folder. [256m]")
@server_options
@click.option("--window", type=float, metavar="S", help="Seconds described at a time. [10]")
@click.option("--stride", type=float, metavar="S", help="Seconds between windows' starts. [window]")
@click.option("--frames", type=click.IntRange(1, 64), help="Frames looked at in a window. [8]")
@click.option(
    "--sampling",
    type=click.Choice(list(SAMPLINGS)),
    help="Which frames: evenly spaced, or keyframes for a quick first pass. [even]",
)
@click.option("--prompt", metavar="TEXT", help="The question asked of each window.")
@click.option("--max-new-tokens", type=click.IntRange(1, 1024), help="Longest answer. [64]")
@click.option(
    "--device",
    type=Devices(),
    default="auto",
    help="cpu, cuda, mps; cuda:0,cuda:1 for several GPUs. [the best, and all GPUs]",
)
@click.option("--dtype", type=click.Choice(["auto", *DTYPES]), default="auto")
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="auto",
    help="What runs the model. [OpenVINO on CPUs where installed, else torch]",
)
@click.option("--batch-size", type=BatchSize(), default="auto", help="Windows at a time. [auto]")
@click.option(
    "--decoders",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Files, or stretches of one, decoded at a time. [auto: 1 on a CPU, more on a GPU]",
)
@click.option("--every-frame", is_flag=True, help="Look again at frames like the last ones.")
@click.option(
    "--skip-still/--no-skip-still",
    default=None,
    help="Take over the words of the last window where one shows the same. [no]",
)
@click.option(
    "--order",
    type=click.Choice(ORDERS),
    default="found",
    help="Which files first: by their dates, or the short ones. [as found]",
)
@click.option(
    "--quick",
    is_flag=True,
    help="First a quick pass over all that is new, so that it can be searched; then in full.",
)
@click.option(
    "--quick-every",
    metavar="TIME",
    default="5m",
    help="Of how much video the quick pass describes one window. [5m]",
)
@click.option(
    "--for", "lasting", metavar="TIME", help="Stop after that: 6h, 90m; a number is seconds."
)
@click.option("--until", metavar="CLOCK", help="Stop when it is that time of day next: 07:00.")
@click.option(
    "--on-battery",
    "battery",
    type=click.Choice(["go", "stop"]),
    default="go",
    help="What to do where the mains are unplugged. [go]",
)
@click.option("--embedder", metavar="NAME", help="sentence-transformers model. [all-MiniLM-L6-v2]")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave these out; repeatable.")
@click.option("--retry", is_flag=True, help="Try files again that failed before.")
@click.option(
    "--subtitles",
    metavar="LANG",
    help="Read subtitles in this language (de, ger, pt-BR); those of videos described already are"
    " read anew. [the video's, else yours, else the first]",
)
@click.option("--no-subtitles", is_flag=True, help="Leave out what subtitles say.")
@click.option(
    "--speech",
    metavar="auto|off|MODEL",
    help="Write down what is said where there are no subtitles: tiny, base, small, medium,"
    " large-v3-turbo … or a folder. [auto, where the extra speech is installed]",
)
@click.option("--language", metavar="CODE", help="All speech is in this: en, de … [found out]")
@click.option(
    "--audio-track", metavar="N|CODE", help="Listen to this track. [the one a player plays]"
)
@click.option(
    "--only", type=click.Choice(["speech", "pictures"]), help="Leave the other for another run."
)
@click.option(
    "--ray",
    "cluster",
    metavar="ADDRESS",
    help="Decode and describe on a Ray cluster (HOST:PORT, auto), or local for this machine's.",
)
@click.option(
    "--ray-map",
    "maps",
    multiple=True,
    metavar="HERE=THERE",
    help="With --ray: where its nodes find the files below HERE; repeatable.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be done, and how long it takes.")
@click.option("--watch", is_flag=True, help="Go on following the folders until Ctrl-C.")
@click.option("--nice", is_flag=True, help="Let everything else on this machine go first.")
@click.option("--profile", is_flag=True, help="Print where the time went, by stage.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.pass_obj
def command(settings: Settings, /, **flags: object) -> int:
    """Describe what happens in videos: files, or folders with all that is in them.

    Run it again at any time: what is described already is skipped, and an interrupted run goes
    on where it stopped. Model, window, frames, prompt and embedder are remembered with the
    library; the values in brackets are those of a new one.

    For more than fits a night: `index ~/Videos --quick --order newest --until 07:00`, every night.
    """
    asked = asked_of(flags)
    ending = ending_of(asked, datetime.now())
    stopping = stopping_of(asked, ending)
    if asked.nice:
        be_nice()
    check(asked, settings)
    files = files_of(asked)
    if not files and not asked.watch:
        _hide_all(asked, settings)
        listed = ", ".join(str(path) for path in asked.paths)
        raise RequestError(f"There are no videos in {listed}: check the folder, or name the files.")
    wish = asked.wish()
    if asked.only == "speech":
        return _words_alone(asked, settings, files, ending, stopping)
    plan = plan_of(asked, wish, settings, files)
    if asked.dry_run:
        memory = _memory(settings)
        jobs = [job for job in (plan.first, plan.job) if job is not None]
        forecast(jobs, memory.file, plan.words.job, memory, ending, as_json=asked.as_json)
        return 0
    if ending is not None:
        _say_when(ending)
    library = settings.open(create=True, embedder=asked.embedder)
    runs = runs_of(plan, asked, library, stopping)
    return watch(runs, asked) if asked.watch else runs.carry_out()


def _say_when(ending: Ending) -> None:
    say(f"Stops {ending.when}, in {roughly(ending.seconds)} ({ending.asked}).")


def _words_alone(
    asked: IndexRequest,
    settings: Settings,
    files: Files,
    ending: Ending | None,
    stopping: Stopping,
) -> int:
    """Find the words of files, describe nothing; return the exit status."""
    known = read_if_there(settings.library)
    words = words_of(asked, settings, known, files)
    if asked.dry_run:
        forecast_words(words.job, _memory(settings), as_json=asked.as_json)
        return 0
    library = settings.open(create=True, embedder=asked.embedder)
    if ending is not None:
        _say_when(ending)
    if words.note:
        say(words.note)
    if words.job is not None:
        warn_of_hearing_again(words.job, library.memory(), known.speech, words.wishes)
    library.remember_speech(words.wishes)
    status = listen_only(words.job, library, len(files), stopping, as_json=asked.as_json)
    keep_playlists_fresh(library)
    return status


def _memory(settings: Settings) -> SpeechMemory:
    """Return what the library remembers; nothing where there is none."""
    return settings.open().memory() if exists(settings.library) else NoMemory()


def _hide_all(asked: IndexRequest, settings: Settings) -> None:
    """Hide what is ignored where nothing is left to be indexed, and see what is gone."""
    if exists(settings.library) and not asked.dry_run:
        library = settings.open()
        with library.writing():
            hide(library, asked.paths, say)
        keep_playlists_fresh(library)
