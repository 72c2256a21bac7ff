"""`scenelist doctor`: what this machine can do, and a trial of a model on it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

import click

from commands.options.global_settings import Settings
from commands.options.servers import server_key, server_options
from commands.terminal.console import say
from commands.terminal.exit_status import EXIT_ERROR
from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.checkpoints import SIZES, cached
from indexer.describing.describer import Describer, DescriberOptions, describer_kind
from indexer.describing.engines.choice import engine_tip
from indexer.describing.engines.registry import ENGINES
from indexer.describing.hardware import DTYPES, choose_hardware
from indexer.describing.servers.openai_server import ServerDescriber
from indexer.describing.smolvlm import SmolVLM
from indexer.errors import LibraryError
from indexer.installation import advice
from indexer.media.clip import Clip
from indexer.processes.background import Aside
from indexer.speech.transcribing.transcriber import installed
from indexer.speech.transcribing.whisper_models import at_hand
from indexer.windows import tile
from playlist.players import find_player
from search.embedding.sentence_transformer import packaged
from search.store.manifest import exists
from toy.world.film import film
from toy.world.scenes import Scene

if TYPE_CHECKING:
    from search.integrity.health import Finding

_SCENES = (
    Scene("sea", "red", "circle", "right", 10),
    Scene("brick", "green", "star", "grow", 10),
    Scene("night", "yellow", "cross", "blink", 10),
)
_PACKAGES = ("torch", "transformers", "decord2", "av", "sentence-transformers", "lancedb")

# For what is elsewhere: servers, object storage, many machines.
_EXTRAS = ("httpx2", "s3fs", "ray")


@click.command("doctor")
@click.option("--model", metavar="NAME", help="Load this checkpoint and describe a drawn clip.")
@server_options
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), default="auto")
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="auto",
    help="What runs that model, as for `index`.",
)
@click.option(
    "--dtype",
    type=click.Choice(["auto", *DTYPES]),
    default="auto",
    help="The numbers it computes in, as for `index`.",
)
@click.option("--deep", is_flag=True, help="Compare every byte of the tables with its checksum.")
@click.option("--repair", is_flag=True, help="Mend what can be mended of the library.")
@click.option("--embedder", metavar="NAME", help="For --repair, where nobody knows it any more.")
@click.pass_obj
def command(
    settings: Settings,
    /,
    model: str | None,
    servers: tuple[str, ...],
    server_key_file: Path | None,
    device: str,
    engine: str,
    dtype: str,
    deep: bool,
    repair: bool,
    embedder: str | None,
) -> int:
    """Say what this machine has and how the library is; with --model, try a model.

    With --server, that is one behind a server: it is told how many tokens a frame is there.

    --deep reads the tables whole and finds a flipped byte. --repair saves what can be read of
    damaged tables, makes indexes anew, drops what nothing points to, and marks what was lost, so
    that the next `scenelist index` describes it again. With either, only the library is looked at.
    Exit status 2 while something is damaged.
    """
    if not (deep or repair):
        _machine(settings, device)
    if repair:
        _repair(settings, embedder)
    damaged = _library(settings, deep=deep)
    if model is not None or servers:
        _try(
            DescriberOptions(
                f"server:{model or ''}" if servers else model or "",
                device=device,
                dtype=dtype,
                engine=engine,
                offline=settings.offline,
                cache=settings.cache / "openvino",
                servers=servers,
                server_key=server_key(servers, server_key_file),
            )
        )
    return EXIT_ERROR if damaged else 0


def _machine(settings: Settings, device: str) -> None:
    """Print what this machine has."""
    click.echo(f"Scenelist {version('scenelist')}")
    click.echo("Packages:  " + ", ".join(f"{name} {_version(name)}" for name in _PACKAGES))
    if find_spec("torch") is None:
        click.echo("Device:    none: this installation searches and plays (torch is not installed)")
    else:
        _hardware(device)
    player = find_player()
    click.echo(f"Player:    {player or 'VLC not found: install it from videolan.org'}")
    here = [size for size, hub_id in SIZES.items() if cached(hub_id)]
    click.echo(f"Models:    {', '.join([*here, 'toy'])} on this machine")
    click.echo(f"Speech:    {_speech(settings)}")
    extras = ", ".join(f"{name} {_version(name)}" for name in _EXTRAS)
    click.echo(f"Elsewhere: {extras}")
    click.echo(f"Embedder:  offline package {'present' if packaged() else 'not installed'}")


def _hardware(device: str) -> None:
    """Print what would run a model."""
    hardware = choose_hardware(device)
    dtype = str(hardware.dtype).removeprefix("torch.")
    click.echo(f"Device:    {hardware.device} in {dtype}, {os.cpu_count()} processors")
    flash = _version("flash-attn")
    if hardware.device == "cuda":
        click.echo(f"Attention: {'flash-attn ' + flash if flash != 'missing' else 'sdpa'}")
    if hardware.device == "cpu":
        tip = engine_tip(DescriberOptions("256m", device=device))
        click.echo(f"Engine:    {'torch. ' + tip if tip else 'OpenVINO ' + _version('openvino')}")


def _library(settings: Settings, *, deep: bool) -> bool:
    """Print how the library is, each oddity with what to do; return whether it is damaged."""
    click.echo(f"Library:   {settings.library}")
    if not exists(settings.library):
        click.echo("           none there yet: `scenelist index FOLDER` makes it")
        return False
    damaged = False
    if deep:
        from search.integrity.health import examine_bytes

        damaged = _print(examine_bytes(settings.library))
    try:
        return _print(settings.open().examine()) or damaged
    except LibraryError as error:
        click.echo(f"         ! {error}")
        return True


def _print(findings: Iterable[Finding]) -> bool:
    """Print findings; return whether one of them is damage."""
    damaged = False
    for finding in findings:
        mark, rest = ("! ", f": {finding.remedy}") if finding.remedy else ("  ", "")
        click.echo(f"         {mark}{finding.fact}{rest}")
        damaged |= finding.damaged
    return damaged


def _repair(settings: Settings, embedder: str | None) -> None:
    """Mend the library and print what was done."""
    from search.library import Library

    if not exists(settings.library):
        return
    done: list[str] = []
    Library.repair(settings.library, done.append, embedder=embedder, offline=settings.offline)
    click.echo("Repaired:  " + ("\n           ".join(done) or "nothing: there was nothing to mend"))


def _speech(settings: Settings) -> str:
    """Say what writes speech down here, and with which models."""
    if not installed():
        return f"not written down: {advice('speech')}"
    models = ", ".join(at_hand(settings.cache)) or "no model"
    return f"faster-whisper {_version('faster-whisper')}, {models} on this machine"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _try(options: DescriberOptions) -> None:
    """Describe a drawn clip with a model; print the words and the speed."""
    kind = describer_kind(options.model)
    checkpoint = kind.locate(options, say)
    start = perf_counter()
    aside = Aside()
    describer = aside.do(lambda: kind.load(options, checkpoint, say))
    engine = f", {describer.engine.name}" if isinstance(describer, SmolVLM) else ""
    took_s = perf_counter() - start
    say(f"Loaded {checkpoint.name} ({checkpoint.revision}) in {took_s:.1f} s{engine}.")
    clips = _clips(describer)
    aside.do(lambda: describer.describe(clips[:1]))  # the first one warms up
    start = perf_counter()
    texts = aside.do(lambda: describer.describe(clips))
    took_s = perf_counter() - start
    for clip, text in zip(clips, texts, strict=True):
        window = clip.window
        click.echo(f"{window.start_ms / 1000:.0f}–{window.end_ms / 1000:.0f} s: {text}")
    if isinstance(describer, ServerDescriber):
        tokens = describer.frame_tokens
        click.echo(f"{tokens or 'An unknown number of'} tokens a frame, by {describer.kind.name}")
    video_s = sum(clip.window.length_ms for clip in clips) / 1000
    click.echo(f"{took_s / len(clips):.2f} s a window, {video_s / took_s:.1f}x real time")


def _clips(describer: Describer) -> list[Clip]:
    """Draw a film of three scenes and return its windows."""
    with TemporaryDirectory() as folder, DecodeWorker() as worker:
        path = Path(folder) / "doctor.mp4"
        film(path, _SCENES, 640, 480)
        video = worker.probe(path)
        windows = tile(video.span, 10_000)
        return list(worker.clips(windows, 8, describer.edge, describer.square))
