"""`scenelist index`: describe what happens in videos."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import click

from commands.screen import print_json, say
from commands.settings import Settings
from commands.speedometer import Speedometer
from indexer.decode import DecodeWorker
from indexer.describe import (
    DEFAULT_PROMPT,
    Checkpoint,
    DescriberOptions,
    OnDemand,
    Recipe,
    describer_kind,
)
from indexer.errors import RequestError
from indexer.feed import Job
from indexer.hardware import DTYPES
from indexer.pipeline import run
from indexer.progress import Failed, Finished, Progress
from indexer.scan import absolute, scan
from playlist.tracks import clock
from search.manifest import Manifest, read_if_there

EXIT_SOME_FAILED = 3
_NEW_MODEL = "256m"
_NEW_WINDOW_S = 10.0
_NEW_FRAMES = 8
_NEW_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for; None where the library's own ways are to be kept."""

    model: str | None
    window: float | None
    stride: float | None
    frames: int | None
    prompt: str | None
    max_new_tokens: int | None
    device: str
    dtype: str
    batch_size: int


class BatchSize(click.ParamType[int]):
    """A positive number, or auto (0)."""

    name = "N|auto"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return the number; 0 for auto."""
        if value == "auto":
            return 0
        if not str(value).isdigit() or int(value) < 1:
            self.fail(f"{value!r} is neither a number above 0 nor auto.", param, ctx)
        return int(value)


@click.command("index")
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--model", metavar="NAME", help="256m, 500m, 2.2b, toy, a hub id or a folder. [256m]")
@click.option("--window", type=float, metavar="S", help="Seconds described at a time. [10]")
@click.option("--stride", type=float, metavar="S", help="Seconds between windows' starts. [window]")
@click.option("--frames", type=click.IntRange(1, 64), help="Frames looked at in a window. [8]")
@click.option("--prompt", metavar="TEXT", help="The question asked of each window.")
@click.option("--max-new-tokens", type=click.IntRange(1, 1024), help="Longest answer. [64]")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), default="auto")
@click.option("--dtype", type=click.Choice(["auto", *DTYPES]), default="auto")
@click.option("--batch-size", type=BatchSize(), default="auto", help="Windows at a time. [auto]")
@click.option("--embedder", metavar="NAME", help="sentence-transformers model. [all-MiniLM-L6-v2]")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave these out; repeatable.")
@click.option("--retry", is_flag=True, help="Try files again that failed before.")
@click.option("--no-subtitles", is_flag=True, help="Leave out what subtitles say.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.pass_obj
def command(
    settings: Settings,
    /,
    paths: tuple[Path, ...],
    embedder: str | None,
    exclude: tuple[str, ...],
    retry: bool,
    no_subtitles: bool,
    as_json: bool,
    **wishes: object,
) -> int:
    """Describe what happens in videos: files, or folders with all that is in them.

    Run it again at any time: what is described already is skipped, and an interrupted run goes
    on where it stopped. Model, window, frames, prompt and embedder are remembered with the
    library; the values in brackets are those of a new one.
    """
    files = _files(paths, exclude)
    wish = Wishes(**wishes)  # type: ignore[arg-type]  # click has checked them
    known = read_if_there(settings.library)
    recipe, options, checkpoint = _recipe(wish, known, settings)
    library = settings.open(create=True, embedder=embedder)
    if checkpoint.name == "toy":
        say("The toy model knows only the demo's drawn world: on real footage its words are noise.")
    named = {absolute(path) for path in paths}
    job = Job(
        files,
        recipe,
        DecodeWorker,
        OnDemand(lambda: describer_kind(options.model).load(options, checkpoint)),
        retry=lambda path: retry or path in named,
        subtitles=not no_subtitles,
    )
    with library.writing() as writer, Speedometer(files) as meter:
        library.make_default(recipe, options.model)
        with closing(run(job, writer)) as progress:
            _follow(progress, meter)
    _summarise(meter, as_json)
    return EXIT_SOME_FAILED if meter.failed else 0


def _files(paths: tuple[Path, ...], exclude: tuple[str, ...]) -> dict[Path, int]:
    """Return the files to look at, with their sizes in bytes."""
    files: dict[Path, int] = {}
    for path in scan(paths, exclude, lambda folder, error: say(f"{folder}: {error}")):
        try:
            files[path] = path.stat().st_size
        except OSError:
            files[path] = 0
    if not files:
        listed = ", ".join(str(path) for path in paths)
        raise RequestError(f"There are no videos in {listed}: check the folder, or name the files.")
    return files


def _recipe(
    wish: Wishes, known: Manifest, settings: Settings
) -> tuple[Recipe, DescriberOptions, Checkpoint]:
    """Return how to describe: as wished, else as the library was, else as new ones are."""
    last = known.recipes.get(known.recipe)
    model = wish.model or known.model or _NEW_MODEL
    options = DescriberOptions(
        model,
        wish.prompt or (last.prompt if last else DEFAULT_PROMPT),
        wish.max_new_tokens or (last.max_new_tokens if last else _NEW_TOKENS),
        wish.device,
        wish.dtype,
        wish.batch_size,
        settings.offline,
    )
    window_ms = round(1000 * wish.window) if wish.window is not None else 0
    if not window_ms:
        window_ms = last.window_ms if last else round(1000 * _NEW_WINDOW_S)
    stride_ms = round(1000 * wish.stride) if wish.stride is not None else 0
    if wish.stride is None:
        keep = last is not None and wish.window is None
        stride_ms = last.stride_ms if last is not None and keep else window_ms
    if window_ms < 1_000 or not 1 <= stride_ms <= window_ms:
        raise RequestError(
            "A window is at least 1 second long, and its stride above 0 and at most the window."
        )
    checkpoint = describer_kind(model).locate(options, say)
    recipe = Recipe(
        checkpoint.name,
        checkpoint.revision,
        options.prompt,
        wish.frames or (last.frames if last else _NEW_FRAMES),
        window_ms,
        stride_ms,
        options.max_new_tokens,
        version("scenelist"),
    )
    return recipe, options, checkpoint


def _follow(progress: Iterator[Progress], meter: Speedometer) -> None:
    """Show what happens, name what fails, and on an interrupt say how to go on."""
    try:
        for item in progress:
            meter.hear(item)
            if isinstance(item, Failed):
                meter.print(f"{item.path}: {item.error}")
            elif isinstance(item, Finished) and item.video.note:
                meter.print(f"{item.video.path}: {item.video.note}")
    except KeyboardInterrupt:
        meter.print(
            f"Stopped after {meter.segments} new windows, which are kept; run the same command"
            " again to go on."
        )
        raise


def _summarise(meter: Speedometer, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "indexed": meter.indexed,
                "unchanged": meter.unchanged,
                "failed": [{"path": str(f.path), "error": f.error} for f in meter.failed],
                "segments": meter.segments,
                "video_seconds": round(meter.video_ms / 1000, 3),
                "wall_seconds": round(meter.wall_s, 3),
            }
        )
        return
    videos = "video" if meter.indexed == 1 else "videos"
    parts = [f"Indexed {meter.indexed} {videos}: {meter.segments} windows"]
    if meter.segments:
        parts.append(f"{clock(meter.video_ms)} of video, {meter.speed:.1f}x real time")
    if meter.unchanged:
        parts.append(f"{meter.unchanged} unchanged")
    if meter.failed:
        parts.append(f"{len(meter.failed)} failed")
    click.echo(", ".join(parts) + ".")
