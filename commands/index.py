"""`scenelist index`: describe what happens in videos."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING

import click

from commands.options.recipe import BatchSize, Devices
from commands.options.servers import server_key, server_options
from commands.options.settings import Settings
from commands.terminal.estimate import forecast, warn_of_redoing
from commands.terminal.progress_bar import Speedometer
from commands.terminal.screen import counted, language_here, say
from commands.terminal.summary import Telling, summarise
from indexer.decoding.worker import DecodeWorker
from indexer.decoding.worker_count import decoders_here
from indexer.describing.describer import OnDemand, describer_kind
from indexer.describing.engines.choice import ENGINES, engine_tip
from indexer.describing.hardware import DTYPES
from indexer.errors import LibraryBusyError, RequestError
from indexer.failures import NO_PICTURE, may_pass
from indexer.media.readers.reader import SAMPLINGS
from indexer.pipeline.cluster import LOCAL, Cluster, Elsewhere
from indexer.pipeline.job import Job
from indexer.pipeline.progress import Failed, Finished, Noticed, NotVideo, Progress
from indexer.pipeline.run import run
from indexer.pipeline.timings import Stages
from indexer.pipeline.workload import Workload
from indexer.processes.priority import be_nice
from indexer.scanning.file_names import as_on_disk
from indexer.scanning.remote_path import is_remote
from indexer.scanning.scan import absolute, scan
from indexer.scanning.watch import follow
from indexer.speech.languages import Languages, is_tag
from playlist.locations import mappings
from search.recipe_choice import Wishes, choose_recipe
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
def command(
    settings: Settings,
    /,
    paths: tuple[Path, ...],
    decoders: int | None,
    embedder: str | None,
    exclude: tuple[str, ...],
    retry: bool,
    subtitles: str | None,
    no_subtitles: bool,
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
    """
    if nice:
        be_nice()
    if watch and any(map(is_remote, paths)):
        raise RequestError("Object storage cannot be watched: leave --watch out, and run it again.")
    if subtitles and no_subtitles:
        raise RequestError("Choose --subtitles LANG or --no-subtitles, not both.")
    if subtitles is not None and not is_tag(subtitles):
        raise RequestError(f"{subtitles!r} names no language: say de, ger or pt-BR, for instance.")
    _check_elsewhere(settings, paths, servers, cluster, maps)
    files = _files(paths, exclude, may_be_none=watch)
    wish = Wishes(
        servers=servers,
        server_key=server_key(servers, server_key_file),
        **wishes,  # type: ignore[arg-type]  # click has checked them
    )
    known = read_if_there(settings.library)
    choice = choose_recipe(wish, known, offline=settings.offline, announce=say)
    recipe, options, checkpoint = choice.recipe, choice.options, choice.checkpoint
    if checkpoint.name == "toy":
        say("The toy model knows only the demo's drawn world: on real footage its words are noise.")
    named = {as_on_disk(absolute(path)) for path in paths}
    job = Job(
        files,
        recipe,
        lambda: DecodeWorker(readers=SAMPLINGS[recipe.sampling]),
        OnDemand(lambda: describer_kind(options.model).load(options, checkpoint, say)),
        lambda: decoders or decoders_here(options.device, elsewhere=bool(servers)),
        retry=lambda path: retry or path in named,
        subtitles=not no_subtitles,
        languages=Languages(subtitles or "", language_here()),
    )
    if cluster is not None:
        if cluster != LOCAL:
            say(f"The nodes of the Ray cluster at {cluster} read and describe the videos.")
        ours = Cluster(cluster, [Elsewhere(m.here, m.there) for m in mappings(maps)])
        click.get_current_context().with_resource(ours)
        job = replace(
            job,
            worker=lambda: ours.worker(SAMPLINGS[recipe.sampling]),
            describer=OnDemand(lambda: ours.describer(options, checkpoint)),
            workers=lambda: decoders or ours.decoders(),
        )
    if dry_run:
        there = exists(settings.library)
        forecast(job, settings.open().records() if there else lambda _: None, as_json=as_json)
        return 0
    library = settings.open(create=True, embedder=embedder)
    if library.wordy:
        count = library.reembed()
        say(f"Embedded {count} descriptions anew, without what they only open with or repeat.")
    warn_of_redoing(job, library.records(), known)
    telling = Telling(profile, as_json, lambda: engine_tip(options))
    if watch:
        status = _once_free(lambda: _run(job, library, files, options.model, telling))
        return max(status, _watch(job, library, paths, exclude, options.model, telling))
    return _run(job, library, files, options.model, telling)


def _run(job: Job, library: Library, files: dict[Path, int], model: str, telling: Telling) -> int:
    """Index files, show how it goes and sum it up; return the exit status."""
    from playlist.saved import refresh_all

    with (
        library.writing() as writer,
        Workload(job, files, writer.file) as workload,
        Speedometer(files, workload) as meter,
    ):
        library.make_default(job.recipe, model)
        with closing(run(job, writer)) as progress:
            _follow(progress, meter)
    summarise(meter, job.stages, telling)
    for wrong in refresh_all(library):
        say(wrong)
    return EXIT_SOME_FAILED if meter.failed else 0


def _watch(
    job: Job,
    library: Library,
    paths: tuple[Path, ...],
    exclude: tuple[str, ...],
    model: str,
    telling: Telling,
) -> int:
    """Index what appears or changes until the user has had enough; return the exit status."""
    status = 0
    try:
        say(f"Watching {', '.join(str(path) for path in paths)}; Ctrl-C ends.")
        for changed in follow(paths, exclude):
            files = {path: path.stat().st_size for path in changed if path.exists()}
            again = replace(job, paths=files, stages=Stages())
            quietly = replace(telling, json=False)
            ended = _once_free(partial(_run, again, library, files, model, quietly))
            status = max(status, ended)
    except KeyboardInterrupt:
        say("No longer watching.")
    return status


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


def _follow(progress: Iterator[Progress], meter: Speedometer) -> None:
    """Show what happens, name what fails, and on an interrupt say how to go on."""
    try:
        for item in progress:
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
    except KeyboardInterrupt:
        meter.print(
            f"Stopped after {counted(meter.segments, 'new window')}; all is kept: run the same"
            " command again to go on."
        )
        raise
