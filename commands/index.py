"""`scenelist index`: describe what happens in videos."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import click

from commands.screen import clock, print_json, say
from commands.settings import Settings
from commands.speedometer import Speedometer
from indexer.describe import DEFAULT_PROMPT, DescriberOptions, OnDemand, Recipe, describer_kind
from indexer.errors import RequestError
from indexer.feed import Job
from indexer.hardware import DTYPES
from indexer.progress import Failed, Finished

EXIT_SOME_FAILED = 3


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for; None where the library's own ways are to be kept."""

    model: str | None
    window_s: float | None
    stride_s: float | None
    frames: int | None
    prompt: str | None
    max_new_tokens: int | None
    embedder: str | None
    device: str
    dtype: str
    batch_size: int


@click.command("index")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--model", help="256m, 500m, 2.2b, toy, a hub id or a folder.  [default: 256m]")
@click.option("--window", "window_s", type=float, help="Length of a window in seconds.  [10]")
@click.option(
    "--stride", "stride_s", type=float, help="Seconds from one window to the next.  [the window]"
)
@click.option("--frames", type=click.IntRange(1, 64), help="Frames seen of each window.  [8]")
@click.option("--prompt", help="The question asked of each window.")
@click.option("--max-new-tokens", type=click.IntRange(1, 1024), help="Longest description.  [64]")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), default="auto")
@click.option("--dtype", type=click.Choice(["auto", *DTYPES]), default="auto")
@click.option("--batch-size", default="auto", help="Windows described at a time, or auto.")
@click.option("--embedder", help="sentence-transformers model, name or folder.  [MiniLM]")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave these out; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.pass_obj
def command(settings: Settings, paths: tuple[Path, ...], **flags: object) -> int:
    """Describe what happens in videos: files, or folders with all that is in them.

    Run it again at any time: what is described already is skipped, and an interrupted run goes
    on where it stopped. Model, window, frames, prompt and embedder are remembered with the
    library; the values in brackets are those of a new one.
    """
    raise NotImplementedError
