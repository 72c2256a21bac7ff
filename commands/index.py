"""`scenelist index`: describe what happens in videos."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING

import click

from commands.options.recipe import BatchSize, Devices
from commands.options.settings import Settings
from commands.terminal.estimate import forecast, warn_of_redoing
from commands.terminal.progress_bar import Speedometer
from commands.terminal.screen import counted, say
from commands.terminal.summary import Telling, summarise
from indexer.decoding.worker import DecodeWorker
from indexer.decoding.worker_count import decoders_here
from indexer.describing.describer import OnDemand, describer_kind
from indexer.describing.engines.choice import ENGINES, engine_tip
from indexer.describing.hardware import DTYPES
from indexer.errors import LibraryBusyError, RequestError
from indexer.media.readers.reader import SAMPLINGS
from indexer.pipeline.job import Job
from indexer.pipeline.progress import Described, Failed, Finished, Progress
from indexer.pipeline.run import run
from indexer.pipeline.stopping import Stopping, seconds_until
from indexer.pipeline.timings import Stages
from indexer.pipeline.workload import Workload, in_order
from indexer.processes.power import on_battery
from indexer.processes.priority import be_nice
from indexer.scanning.order import ORDERS
from indexer.scanning.scan import absolute, scan
from indexer.scanning.watch import follow
from indexer.segments import Recipe
from search.query.parser import length_ms
from search.recipe_choice import Wishes, choose_recipe, first_look
from search.running import ended, tell
from search.store.manifest import exists, read_if_there

if TYPE_CHECKING:
    from search.library import Library

EXIT_SOME_FAILED = 3
# How often to see whether another process has done with the library.
_LOOK_AGAIN_S = 1.0


@click.command("index")
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--model", metavar="NAME", help="256m, 500m, 2.2b, toy, a hub id or a folder. [256m]")
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
@click.option("--for", "lasting", metavar="TIME", help="Stop after that: 6h, 90m.")
@click.option("--until", metavar="CLOCK", help="Stop at that time of day: 07:00.")
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
@click.option("--no-subtitles", is_flag=True, help="Leave out what subtitles say.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done, and how long it takes.")
@click.option("--watch", is_flag=True, help="Go on following the folders until Ctrl-C.")
@click.option("--nice", is_flag=True, help="Let everything else on this machine go first.")
@click.option("--profile", is_flag=True, help="Print where the time went, by stage.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.pass_obj
def command(
    settings: Settings,
    /,
    paths: tuple[Path, ...],
    decoders: int | None,
    order: str,
    quick: bool,
    quick_every: str,
    lasting: str | None,
    until: str | None,
    battery: str,
    embedder: str | None,
    exclude: tuple[str, ...],
    retry: bool,
    no_subtitles: bool,
    dry_run: bool,
    watch: bool,
    nice: bool,
    profile: bool,
    as_json: bool,
    **wishes: object,
) -> int:
    """Describe what happens in videos: files, or folders with all that is in them.

    Run it again at any time: what is described already is skipped, and an interrupted run goes
    on where it stopped. Model, window, frames, prompt and embedder are remembered with the
    library; the values in brackets are those of a new one.

    For more than fits a night: `index ~/Videos --quick --order newest --until 07:00`, every night.
    """
    stopping = _stopping(lasting, until, battery=battery == "stop")
    if nice:
        be_nice()
    files = _files(paths, exclude, may_be_none=watch)
    wish = Wishes(**wishes)  # type: ignore[arg-type]  # click has checked them
    known = read_if_there(settings.library)
    choice = choose_recipe(wish, known, offline=settings.offline, announce=say)
    recipe, options, checkpoint = choice.recipe, choice.options, choice.checkpoint
    if checkpoint.name == "toy":
        say("The toy model knows only the demo's drawn world: on real footage its words are noise.")
    named = {absolute(path) for path in paths}
    job = Job(
        files,
        recipe,
        lambda: DecodeWorker(readers=SAMPLINGS[recipe.sampling]),
        OnDemand(lambda: describer_kind(options.model).load(options, checkpoint, say)),
        lambda: decoders or decoders_here(options.device),
        retry=lambda path: retry or path in named,
        subtitles=not no_subtitles,
    )
    first = _quickly(job, quick_every) if quick else None
    if dry_run:
        there = exists(settings.library)
        remembered = settings.open().records() if there else lambda _: None
        forecast(first or job, remembered, as_json=as_json)
        return 0
    library = settings.open(create=True, embedder=embedder)
    files = in_order(files, order, job, library.records())
    job = replace(job, paths=files)
    first = replace(first, paths=files) if first else None
    warn_of_redoing(job, library.records(), known)
    telling = Telling(profile, as_json, lambda: engine_tip(options))
    jobs = [first, job] if first else [job]
    make = partial(_runs, jobs, library, files, options.model, telling, stopping)
    if not watch:
        return make()
    status = _once_free(make)
    if stopping.reason():
        return status
    return max(status, _watch(jobs, library, paths, exclude, options.model, telling, stopping))


def _stopping(lasting: str | None, until: str | None, *, battery: bool) -> Stopping:
    """Return when the run is to end by itself."""
    seconds = [length_ms(lasting) / 1000] if lasting else []
    if until:
        seconds.append(seconds_until(until, datetime.now()))
    at_s = monotonic() + min(seconds) if seconds else None
    return Stopping(at_s, on_battery if battery else None)


def _quickly(job: Job, every: str) -> Job:
    """Return the quick pass that comes before a job."""
    recipe = first_look(job.recipe, length_ms(every))
    return replace(
        job,
        recipe=recipe,
        worker=lambda: DecodeWorker(readers=SAMPLINGS[recipe.sampling]),
        first_look=True,
        stages=Stages(),
    )


def _runs(
    jobs: Sequence[Job],
    library: Library,
    files: dict[Path, int],
    model: str,
    telling: Telling,
    stopping: Stopping,
) -> int:
    """Do the quick pass, if there is one, and then the rest; return the exit status."""
    status = 0
    default = jobs[-1].recipe
    for number, job in enumerate(jobs):
        if number and stopping.reason():
            break
        ends = number == len(jobs) - 1
        if job.first_look:
            say("A quick pass first: a window now and then of each video.")
        told = telling if ends else replace(telling, json=False, aside=telling.json)
        status = max(status, _run(job, default, library, files, model, told, stopping))
    return status


def _run(
    job: Job,
    default: Recipe,
    library: Library,
    files: dict[Path, int],
    model: str,
    telling: Telling,
    stopping: Stopping,
) -> int:
    """Index files, show how it goes and sum it up; return the exit status."""
    from playlist.saved import refresh_all

    with library.writing() as writer:
        told = partial(tell, library.folder)
        try:
            with (
                Workload(job, files, writer.file) as workload,
                Speedometer(files, workload, told=told, first_look=job.first_look) as meter,
            ):
                library.make_default(default, model)
                with closing(run(job, writer)) as progress:
                    stopped = _follow(progress, meter, stopping)
        finally:
            ended(library.folder)
    summarise(meter, job.stages, replace(telling, stopped=stopped))
    for wrong in refresh_all(library):
        say(wrong)
    return EXIT_SOME_FAILED if meter.failed else 0


def _watch(
    jobs: Sequence[Job],
    library: Library,
    paths: tuple[Path, ...],
    exclude: tuple[str, ...],
    model: str,
    telling: Telling,
    stopping: Stopping,
) -> int:
    """Index what appears or changes until the user has had enough; return the exit status."""
    status, over = 0, Event()
    try:
        say(f"Watching {', '.join(str(path) for path in paths)}; Ctrl-C ends.")
        with _set_when(stopping, over):
            for changed in follow(paths, exclude, stop=over):
                files = {path: path.stat().st_size for path in changed if path.exists()}
                again = [replace(job, paths=files, stages=Stages()) for job in jobs]
                quietly = replace(telling, json=False)
                make = partial(_runs, again, library, files, model, quietly, stopping)
                status = max(status, _once_free(make))
        say(f"No longer watching: {stopping.reason()}.")
    except KeyboardInterrupt:
        say("No longer watching.")
    return status


@contextmanager
def _set_when(stopping: Stopping, over: Event) -> Iterator[None]:
    """Set an event as soon as there is a reason to stop, asked every other second."""
    left = Event()

    def look() -> None:
        while not left.wait(_LOOK_AGAIN_S):
            if stopping.reason():
                over.set()
                return

    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        left.set()
        thread.join(10 * _LOOK_AGAIN_S)


def _once_free(run: Callable[[], int]) -> int:
    """Run as soon as no other process writes to the library; Ctrl-C ends the wait."""
    told = False
    while True:
        try:
            return run()
        except LibraryBusyError as error:
            if not told:
                say(f"{str(error).partition(':')[0]}: waiting until it is done.")
            told = True
            sleep(_LOOK_AGAIN_S)


def _files(
    paths: tuple[Path, ...], exclude: tuple[str, ...], *, may_be_none: bool
) -> dict[Path, int]:
    """Return the files to look at, with their sizes in bytes."""
    files: dict[Path, int] = {}
    for path in scan(paths, exclude, lambda folder, error: say(f"{folder}: {error}")):
        try:
            files[path] = path.stat().st_size
        except OSError:
            files[path] = 0
    if not files and not may_be_none:
        listed = ", ".join(str(path) for path in paths)
        raise RequestError(f"There are no videos in {listed}: check the folder, or name the files.")
    return files


def _follow(progress: Iterator[Progress], meter: Speedometer, stopping: Stopping) -> str:
    """Show what happens, name what fails, and on an interrupt say how to go on.

    Returns why the run is to stop before all is done, '' where it is not.
    """
    if reason := stopping.reason():
        return reason
    try:
        for item in progress:
            meter.hear(item)
            if isinstance(item, Failed):
                meter.print(f"{item.path}: {item.error}")
            elif isinstance(item, Finished) and item.video.note:
                meter.print(f"{item.video.path}: {item.video.note}")
            # Between batches all that was described is on its way to the disk.
            if not isinstance(item, Described) and (reason := stopping.reason()):
                return reason
    except KeyboardInterrupt:
        meter.print(
            f"Stopped after {counted(meter.segments, 'new window')}; all is kept: run the same"
            " command again to go on."
        )
        raise
    return ""
