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
from commands.options.servers import server_key, server_options
from commands.options.settings import Settings
from commands.options.speech import (
    SpeechFlags,
    embed_apart,
    listen_only,
    listener_for,
    speech_job,
    wishes_for,
)
from commands.terminal.estimate import forecast, forecast_words, warn_of_redoing
from commands.terminal.progress_bar import Speedometer
from commands.terminal.screen import counted, language_here, say
from commands.terminal.summary import Telling, summarise
from indexer.decoding.worker import DecodeWorker
from indexer.describing.describer import OnDemand, describer_kind
from indexer.describing.engines.choice import ENGINES, engine_tip
from indexer.describing.hardware import DTYPES
from indexer.errors import LibraryBusyError, RequestError
from indexer.failures import NO_PICTURE, may_pass
from indexer.media.readers.reader import SAMPLINGS
from indexer.pipeline.cluster.connection import LOCAL, Cluster
from indexer.pipeline.cluster.decoding import Elsewhere
from indexer.pipeline.decoder_count import decoders_here
from indexer.pipeline.job import Job, Worker
from indexer.pipeline.progress import Described, Failed, Finished, Noticed, NotVideo, Progress
from indexer.pipeline.run import run
from indexer.pipeline.stopping import Stopping, seconds_until
from indexer.pipeline.timings import Stages
from indexer.pipeline.workload import Workload, in_order
from indexer.processes.power import on_battery
from indexer.processes.priority import be_nice
from indexer.scanning.file_names import as_on_disk
from indexer.scanning.order import ORDERS
from indexer.scanning.remote_path import is_remote
from indexer.scanning.scan import absolute, scan
from indexer.scanning.watch import follow
from indexer.segments import Recipe
from indexer.speech.beside import Beside
from indexer.speech.languages import Languages, is_tag
from indexer.speech.ledger import NoMemory, SpeechMemory
from indexer.speech.listening import SpeechJob
from playlist.locations import mappings
from search.query.parser import length_ms
from search.recipe_choice import Wishes, choose_recipe, first_look
from search.running import ended, tell
from search.store.manifest import SpeechWishes, exists, read_if_there

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
    "--map",
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
def command(  # noqa: PLR0912, PLR0915 - one step after another, each in a line or a function
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
    subtitles: str | None,
    no_subtitles: bool,
    speech: str | None,
    language: str | None,
    audio_track: str | None,
    only: str | None,
    dry_run: bool,
    watch: bool,
    nice: bool,
    profile: bool,
    as_json: bool,
    servers: tuple[str, ...],
    server_key_file: Path | None,
    cluster: str | None,
    maps: tuple[str, ...],
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
    if watch and any(map(is_remote, paths)):
        raise RequestError("Object storage cannot be watched: leave --watch out, and run it again.")
    if subtitles and no_subtitles:
        raise RequestError("Choose --subtitles LANG or --no-subtitles, not both.")
    if subtitles is not None and not is_tag(subtitles):
        raise RequestError(f"{subtitles!r} names no language: say de, ger or pt-BR, for instance.")
    _check_elsewhere(settings, paths, servers, cluster, maps)
    files = _files(paths, exclude)
    if not files and not watch:
        if exists(settings.library) and not dry_run:
            _hide_all(settings.open(), paths)
        listed = ", ".join(str(path) for path in paths)
        raise RequestError(f"There are no videos in {listed}: check the folder, or name the files.")
    wish = Wishes(
        servers=servers,
        server_key=server_key(servers, server_key_file),
        **wishes,  # type: ignore[arg-type]  # click has checked them
    )
    known = read_if_there(settings.library)
    spoken = wishes_for(SpeechFlags(speech, language, audio_track), known)
    named = {as_on_disk(absolute(path)) for path in paths}

    languages = Languages(subtitles or "", language_here())

    def words_job() -> tuple[SpeechJob | None, SpeechWishes, str]:
        if only == "pictures":
            return None, spoken, ""
        listener, wishes, note = listener_for(spoken, settings)
        made = speech_job(
            files,
            listener,
            wishes,
            named,
            subtitles=not no_subtitles,
            languages=languages,
            retry=retry,
        )
        return made, wishes, note

    if only == "speech":
        words, spoken, note = words_job()
        if dry_run:
            forecast_words(words, _memory(settings), as_json=as_json)
            return 0
        library = settings.open(create=True, embedder=embedder)
        if note:
            say(note)
        library.remember_speech(spoken)
        return listen_only(words, library, len(files), as_json=as_json)
    choice = choose_recipe(wish, known, offline=settings.offline, announce=say)
    recipe, options, checkpoint = choice.recipe, choice.options, choice.checkpoint
    kind = describer_kind(options.model)
    ours = Cluster(cluster, _elsewhere(maps)) if cluster is not None else None
    if checkpoint.name == "toy":
        say("The toy model knows only the demo's drawn world: on real footage its words are noise.")

    def worker(recipe: Recipe) -> Worker:
        readers = SAMPLINGS[recipe.sampling]
        return DecodeWorker(readers=readers) if ours is None else ours.worker(readers)

    job = Job(
        files,
        recipe,
        lambda: worker(recipe),
        OnDemand(lambda: kind.load(options, checkpoint, say), kind.frame_size(checkpoint)),
        lambda: decoders or decoders_here(options.device, elsewhere=bool(servers)),
        retry=lambda path: retry or path in named,
        subtitles=not no_subtitles,
        languages=languages,
    )
    if ours is not None:
        if cluster != LOCAL:
            say(f"The nodes of the Ray cluster at {cluster} read and describe the videos.")
        click.get_current_context().with_resource(ours)
        job = replace(
            job,
            describer=OnDemand(
                lambda: ours.describer(options, checkpoint, recipe.frames),
                kind.frame_size(checkpoint),
            ),
            workers=lambda: decoders or ours.decoders(),
        )
    words, spoken, note = words_job()
    first = _quickly(job, quick_every, worker) if quick else None
    if dry_run:
        memory = _memory(settings)
        forecast(first or job, memory.file, words, memory, as_json=as_json)
        return 0
    library = settings.open(create=True, embedder=embedder)
    files = in_order(files, order, job, library.records())
    job = replace(job, paths=files)
    first = replace(first, paths=files) if first else None
    # Whoever looks at the pictures remembers the files: a copy is then told from what was there.
    words = replace(words, paths=files, alone=False) if words else None
    job = replace(job, renews_subtitles=words is None)
    if library.wordy:
        count = library.reembed()
        say(f"Embedded {count} descriptions anew, without what they only open with or repeat.")
    warn_of_redoing(job, library.records(), known)
    embed_apart(library)
    if note:
        say(note)
    library.remember_speech(spoken)
    telling = Telling(profile, as_json, lambda: engine_tip(options))
    jobs = [first, job] if first else [job]
    make = partial(_runs, jobs, words, library, files, options.model, telling, stopping, paths)
    if not watch:
        return make()
    status = _once_free(make)
    if stopping.reason():
        return status
    ended_with = _watch(jobs, words, library, paths, exclude, options.model, telling, stopping)
    return max(status, ended_with)


def _memory(settings: Settings) -> SpeechMemory:
    """Return what the library remembers; nothing where there is none."""
    return settings.open().memory() if exists(settings.library) else NoMemory()


def _stopping(lasting: str | None, until: str | None, *, battery: bool) -> Stopping:
    """Return when the run is to end by itself."""
    seconds = [length_ms(lasting) / 1000] if lasting else []
    if until:
        seconds.append(seconds_until(until, datetime.now()))
    at_s = monotonic() + min(seconds) if seconds else None
    return Stopping(at_s, on_battery if battery else None)


def _elsewhere(maps: tuple[str, ...]) -> list[Elsewhere]:
    """Return where the nodes of a cluster find files."""
    return [Elsewhere(each.here, each.there) for each in mappings(maps)]


def _quickly(job: Job, every: str, worker: Callable[[Recipe], Worker]) -> Job:
    """Return the quick pass that comes before a job."""
    recipe = first_look(job.recipe, length_ms(every))
    return replace(
        job,
        recipe=recipe,
        worker=lambda: worker(recipe),
        first_look=True,
        stages=Stages(),
    )


def _runs(
    jobs: Sequence[Job],
    words: SpeechJob | None,
    library: Library,
    files: dict[Path, int],
    model: str,
    telling: Telling,
    stopping: Stopping,
    roots: tuple[Path, ...] = (),
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
        heard = words if ends else None
        ended_with = _run(job, default, heard, library, files, model, told, stopping, roots)
        status = max(status, ended_with)
    return status


def _run(
    job: Job,
    default: Recipe,
    words: SpeechJob | None,
    library: Library,
    files: dict[Path, int],
    model: str,
    telling: Telling,
    stopping: Stopping,
    roots: tuple[Path, ...] = (),
) -> int:
    """Index files, show how it goes and sum it up; return the exit status.

    What is said is written down meanwhile; where that takes longer, it is waited for. What ignore
    files below `roots` name by now is hidden, what they name no more is shown again.
    """
    from playlist.saved import refresh_all

    with library.writing() as writer:
        told = partial(tell, library.folder)
        try:
            with (
                Workload(job, files, writer.file) as workload,
                Speedometer(files, workload, told=told, first_look=job.first_look) as meter,
                Beside(words, writer) as beside,
                closing(run(replace(job, lock=words.lock) if words else job, writer)) as progress,
            ):
                library.make_default(default, model)
                _hide(library, roots, meter.print)
                stopped = _follow(progress, beside, meter, stopping)
        finally:
            ended(library.folder)
    summarise(meter, job.stages, replace(telling, stopped=stopped))
    for wrong in refresh_all(library):
        say(wrong)
    return EXIT_SOME_FAILED if meter.failed else 0


def _hide(library: Library, roots: tuple[Path, ...], told: Callable[[str], None]) -> None:
    """Hide what ignore files below some folders name by now, and say so."""
    for ignoring, count in library.hide(roots) if roots else ():
        videos = counted(count, "video that is", "videos that are")
        told(f"{ignoring} hides {videos} described: delete its lines to find them again.")


def _hide_all(library: Library, roots: tuple[Path, ...]) -> None:
    """Hide what is ignored where nothing is left to be indexed."""
    with library.writing():
        _hide(library, roots, say)


def _watch(
    jobs: Sequence[Job],
    words: SpeechJob | None,
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
                said = replace(words, paths=files) if words else None
                make = partial(_runs, again, said, library, files, model, quietly, stopping)
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


def _check_elsewhere(
    settings: Settings,
    paths: tuple[Path, ...],
    servers: tuple[str, ...],
    cluster: str | None,
    maps: tuple[str, ...],
) -> None:
    """Raise RequestError where options for what is elsewhere do not go together."""
    if maps and cluster is None:
        raise RequestError("--map is for the nodes of a cluster: give --ray ADDRESS too.")
    if servers and cluster is not None:
        raise RequestError("A cluster's nodes describe by themselves: give --ray or --server.")
    if settings.offline and (any(map(is_remote, paths)) or cluster not in {None, LOCAL}):
        raise RequestError("Object storage and clusters are the network: leave --offline out.")


def _files(paths: tuple[Path, ...], exclude: tuple[str, ...]) -> dict[Path, int]:
    """Return the files to look at, with their sizes in bytes."""
    files: dict[Path, int] = {}
    for path in scan(paths, exclude, lambda folder, error: say(f"{folder}: {error}")):
        try:
            files[path] = path.stat().st_size
        except OSError:
            files[path] = 0
    return files


def _follow(
    progress: Iterator[Progress], beside: Beside, meter: Speedometer, stopping: Stopping
) -> str:
    """Show what happens, name what fails, and on an interrupt say how to go on.

    Returns why the run is to stop before all is done, '' where it is not.
    """
    if reason := stopping.reason():
        return reason
    try:
        for item in progress:
            meter.listen(beside.news())
            meter.hear(item)
            if isinstance(item, Failed):
                again = "; the next run tries again" if may_pass(item.error) else ""
                meter.print(f"{item.path}: {item.error}{again}")
            elif isinstance(item, NotVideo) and not item.known:
                meter.print(f"{item.path}: {NO_PICTURE}")
            elif isinstance(item, Noticed):
                meter.print(f"{item.path}: {item.note}")
            elif isinstance(item, Finished) and item.video.note:
                meter.print(f"{item.video.path}: {item.video.note}")
            # Between batches all that was described is on its way to the disk.
            if not isinstance(item, Described) and (reason := stopping.reason()):
                return reason
        meter.listen(beside.rest())
    except KeyboardInterrupt:
        meter.print(
            f"Stopped after {counted(meter.segments, 'new window')}; all is kept: run the same"
            " command again to go on."
        )
        raise
    return ""
