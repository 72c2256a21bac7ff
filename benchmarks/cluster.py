"""What a Ray cluster costs against a plain run, and the rates of which a large one is reckoned.

    python -m benchmarks.cluster [--toy-windows 60] [--windows 4] [--skip WAY…] [--keep FOLDER]

For the toy, and for a checkpoint of 256M's size with random weights laid out as the published one:
windows a second of a plain run, of a plain run that may use one core, of `--ray local`, and of two
nodes on this machine that have a core each, each as a user's process of its own. A film has been
described (model, embedder and cluster are there) before the clock starts; once under way is from
the first batch's end to the last one's. Drawn films of h264, 640 x 360 for the toy and 1080p for
the other, 8 frames a window, 64 tokens. All is measured in one run, one after the other, so that
ratios hold.

Then, each alone: embedding and committing as the run's process does, how large what crosses to it
is, and what a decoder reads of a file for a window.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from benchmarks.real_size import make
from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.checkpoints import TOY
from indexer.describing.describer import DEFAULT_PROMPT, DescriberOptions, OnDemand
from indexer.describing.smolvlm import load, locate
from indexer.media.readers.reader import READERS, FrameSize
from indexer.pipeline.job import Job
from indexer.pipeline.progress import Batch
from indexer.pipeline.ray_cluster.connection import LOCAL, Cluster
from indexer.pipeline.ray_cluster.frame_budget import BYTES_EACH, clip_bytes
from indexer.pipeline.run import run
from indexer.pipeline.timings import Stages
from indexer.recipe import Recipe
from indexer.segments import Segment
from indexer.windows import Window
from search import Library
from search.embedding.embedder import DEFAULT_EMBEDDER
from search.embedding.registry import load_embedder
from toy.world.film import film
from toy.world.scenes import Scene

FRAMES, WINDOW_S, TOKENS = 8, 10.0, 64
PLAIN, ONE_CORE, RAY, TWO = "plain", "plain, one core", "ray local", "ray, two nodes of a core each"
WAYS = (PLAIN, ONE_CORE, RAY, TWO)
_PARCEL = 256
# On paper: windows a second of a GPU (the target, docs/performance.md), films' megabits a second.
_GPU_RATE, _FILM_MBIT = 60, 8
_RECIPE = Recipe("random", "1", DEFAULT_PROMPT, FRAMES, 10_000, 10_000, TOKENS)


def main() -> None:
    """Measure; print Markdown tables."""
    asked = _arguments()
    if asked.one:
        way, *paths = asked.one
        checkpoint, cache, library, *films = map(Path, paths)
        print(json.dumps(_one(way, checkpoint, cache, library, films)))
        return
    with TemporaryDirectory() as name:
        folder = Path(name)
        size = (asked.keep or folder) / "256m-published"
        if not (size / "checkpoint" / "config.json").exists():
            make(size / "checkpoint", "256m", TOKENS)
        print(f"{os.cpu_count()} processors; windows a second, steady\n")
        print("| model | way | windows | s | windows/s | once under way | of plain | of one core |")
        print("|---|---|---|---|---|---|---|---|", flush=True)
        films = asked.keep or folder
        small = _films(films / f"small-{asked.toy_windows}", 2, asked.toy_windows // 2, 640, 360)
        large = _films(films / f"large-{asked.windows}", 1, asked.windows, 1920, 1080)
        facts = {
            "toy": _measured("toy", (TOY, folder / "cache"), folder, small, asked.skip),
            "256m": _measured(
                "256m", (size / "checkpoint", size / "cache"), folder, large, asked.skip
            ),
        }
        rates = _rates(folder, large)
    for line in _told(facts, rates):
        print(line)


def _measured(
    model: str, where: tuple[Path, Path], folder: Path, films: Sequence[Path], skip: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Run every way in a process of its own, printing a row for each."""
    facts: dict[str, dict[str, float]] = {}
    for way in WAYS:
        if way in skip or model in skip:
            continue
        library = folder / f"{model} {way}"
        arguments = ["--one", way, *map(str, (*where, library, *films))]
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "benchmarks.cluster", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            print(f"| {model} | {way} | ended with {done.returncode}: {done.stderr[-300:]} |")
            continue
        fact = facts[way] = json.loads(done.stdout.splitlines()[-1])
        rate = fact["windows"] / fact["seconds"]
        cells = [model, way, f"{fact['windows']:.0f}", f"{fact['seconds']:.1f}", f"{rate:.2f}"]
        cells.append(f"{fact['steady']:.2f}" if fact["steady"] else "")
        cells += [_ratio(fact, facts.get(other)) for other in (PLAIN, ONE_CORE)]
        print(f"| {' | '.join(cells)} |", flush=True)
    return facts


def _ratio(fact: dict[str, float], other: dict[str, float] | None) -> str:
    """Return how fast one way is of another: all in all, and once under way where that is known."""
    if other is None:
        return ""
    overall = fact["windows"] / fact["seconds"] / (other["windows"] / other["seconds"])
    if not fact["steady"] or not other["steady"]:
        return f"{overall:.2f}"
    return f"{overall:.2f}, {fact['steady'] / other['steady']:.2f}"


def _one(
    way: str, folder: Path, cache: Path, library_folder: Path, films: list[Path]
) -> dict[str, float]:
    """Describe the first film, and then the others against the clock."""
    cores = sorted(os.sched_getaffinity(0))
    if way == ONE_CORE:
        os.sched_setaffinity(0, cores[:1])
    options = DescriberOptions(str(folder), max_new_tokens=TOKENS, cache=cache, every_frame=True)
    checkpoint = locate(options, lambda _: None)
    start = perf_counter()
    with ExitStack() as stack:
        library = Library.open(library_folder, create=True, embedder=DEFAULT_EMBEDDER)
        if way in {PLAIN, ONE_CORE}:
            ready = OnDemand(lambda: load(options, checkpoint, lambda _: None))
            job = Job([films[0]], _RECIPE, DecodeWorker, ready)
        else:
            address = _two_nodes(stack, cores) if way == TWO else LOCAL
            cluster = stack.enter_context(Cluster(address))
            ready = OnDemand(lambda: cluster.describer(options, checkpoint, FRAMES))
            job = Job(
                [films[0]], _RECIPE, lambda: cluster.worker(tuple(READERS)), ready, cluster.decoders
            )
        _described(library, job)
        start_up = perf_counter() - start
        before = _loopback_bytes(), process_time(), perf_counter()
        batches = _described(library, replace(job, paths=films[1:], stages=Stages()))
        after = _loopback_bytes(), process_time(), perf_counter()
    names = ("loopback", "driver_cpu", "seconds")
    spent = dict(zip(names, (b - a for a, b in zip(before, after, strict=True)), strict=True))
    (first, begun), (_, last) = batches[0], batches[-1]
    windows = sum(count for count, _ in batches)
    steady = (windows - first) / (last - begun) if len(batches) > 2 else 0.0
    return {**spent, "windows": windows, "start_up": start_up, "steady": steady}


def _two_nodes(stack: ExitStack, cores: Sequence[int]) -> str:
    """Start two nodes, each with a core that is all it and its processes may use."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster as Nodes

    os.sched_setaffinity(0, {cores[0]})
    nodes = Nodes(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    stack.callback(nodes.shutdown)
    os.sched_setaffinity(0, {cores[-1]})
    nodes.add_node(num_cpus=1)
    os.sched_setaffinity(0, cores)
    return str(nodes.address)


def _described(library: Library, job: Job) -> list[tuple[int, float]]:
    """Index as the product does; return each batch's windows and when it was there."""
    with library.writing() as writer, closing(run(job, writer)) as progress:
        return [(news.windows, perf_counter()) for news in progress if isinstance(news, Batch)]


def _loopback_bytes() -> int:
    """Return what this machine has sent to itself so far: between nodes that are all here."""
    for line in Path("/proc/net/dev").read_text("ascii").splitlines():
        name, _, numbers = line.partition(":")
        if name.strip() == "lo":
            return int(numbers.split()[0])
    return 0


def _rates(folder: Path, films: Sequence[Path]) -> dict[str, float]:
    """Return what each stage beside the model can do alone, and how large things are."""
    texts = [f"{number} {' '.join(['word'] * TOKENS)}" for number in range(_PARCEL)]
    embedder = load_embedder(DEFAULT_EMBEDDER)
    embedder.documents(texts)
    start = perf_counter()
    embedder.documents(texts)
    embedding = perf_counter() - start
    library = Library.open(folder / "rates", create=True, embedder=DEFAULT_EMBEDDER)
    path, edge = films[-1], 512
    with DecodeWorker() as worker:
        list(worker.clips(worker.probe(films[0]).windows(10_000, 10_000), FRAMES, edge, True))
        video = worker.probe(path)
        windows = video.windows(10_000, 10_000)
        before = _read_bytes(worker)
        start = perf_counter()
        clips = list(worker.clips(windows, FRAMES, edge, True))
        decoding = (perf_counter() - start) / len(clips)
        read = (_read_bytes(worker) - before) / len(clips)
    many = [Window(10_000 * n, 10_000 * (n + 1)) for n in range(2 * _PARCEL)]
    with library.writing() as writer:
        writer.begin(video, _RECIPE)
        parcels = [
            [Segment(window, text) for window, text in zip(some, texts, strict=True)]
            for some in (many[:_PARCEL], many[_PARCEL:])
        ]
        writer.put(video, _RECIPE, parcels[0])
        start = perf_counter()
        writer.put(video, _RECIPE, parcels[1])
        writing = perf_counter() - start
    words = len(pickle.dumps([texts[0]], protocol=5)) + len(pickle.dumps(clips[0].times_ms))
    return {
        "embedding": _PARCEL / embedding,
        "writing": _PARCEL / writing,
        "words_bytes": words,
        "frames_bytes": clip_bytes(FRAMES, FrameSize(edge, square=True), 0, 0),
        "read_bytes": read,
        "file_bytes": path.stat().st_size / len(clips),
        "decoding_s": decoding,
    }


def _read_bytes(worker: DecodeWorker) -> int:
    """Return what the decoding process has read so far, from a disk or from what lay in memory."""
    process: Any = worker._orders.child
    for line in Path(f"/proc/{process.process.pid}/io").read_text("ascii").splitlines():
        if line.startswith("rchar:"):
            return int(line.split()[1])
    return 0


def _told(facts: dict[str, dict[str, dict[str, float]]], rates: dict[str, float]) -> Iterator[str]:
    """Yield the rates as a table, and what they come to with many GPUs."""
    yield "\n| rate | measured |\n|---|---|"
    yield f"| embedding alone, {_PARCEL} descriptions at a time | {rates['embedding']:.0f}/s |"
    yield f"| embedding and committing, {_PARCEL} at a time | {rates['writing']:.0f}/s |"
    yield f"| a window's words and times, serialised | {rates['words_bytes']:.0f} bytes |"
    yield f"| a window's frames, {FRAMES} of 512 x 512 | {rates['frames_bytes'] / 1e6:.2f} MB |"
    share = rates["read_bytes"] / rates["file_bytes"]
    yield (
        f"| read of the file for a window | {rates['read_bytes'] / 1e6:.2f} MB,"
        f" {share:.2f} of the file's bytes |"
    )
    yield f"| decoding a window of 1080p, one decoder | {rates['decoding_s']:.2f} s |"
    for model, ways in facts.items():
        for way in (RAY, TWO):
            if way in ways:
                fact = ways[way]
                each = {name: fact[name] / fact["windows"] for name in ("loopback", "driver_cpu")}
                yield (
                    f"| {model}, {way}: all messages, Ray's own too; the run's process |"
                    f" {each['loopback'] / 1e3:.0f} kB, {1e3 * each['driver_cpu']:.0f} ms"
                    " of CPU a window |"
                )
    yield "\n" + "\n".join(_on_paper(rates))


def _on_paper(rates: dict[str, float]) -> Iterator[str]:
    """Yield what many GPUs need, a GPU describing so many windows a second."""
    media = _FILM_MBIT * 1e6 / 8 * WINDOW_S * rates["read_bytes"] / rates["file_bytes"]
    yield "| GPUs | windows/s | drivers to embed | frames/s | media/s | decoding cores |"
    yield "|---|---|---|---|---|---|"
    for gpus in (10, 100, 1_000):
        rate = gpus * _GPU_RATE
        yield (
            f"| {gpus:,} | {rate:,} | {rate / rates['writing']:.1f} |"
            f" {rate * rates['frames_bytes'] / 1e9:,.1f} GB | {rate * media / 1e9:,.1f} GB |"
            f" {rate * rates['decoding_s']:,.0f} |"
        )
    yield f"\nUnder way: at most {BYTES_EACH / 1e9:.0f} GB of frames for each describer."


def _films(folder: Path, count: int, windows: int, width: int, height: int) -> list[Path]:
    """Film moving shapes: a film of two windows to begin with, and `count` to be measured."""
    if folder.exists():
        return sorted(folder.iterdir())
    folder.mkdir(parents=True)
    motions = ("right", "bounce", "spin", "downleft", "orbit", "up")
    grounds = ("sea", "grass", "grey", "sky", "night", "desert")
    paths = []
    for number, length in enumerate([2, *[windows] * count]):
        scenes = [
            Scene(
                grounds[(number + scene) % 6], "red", "star", motions[scene % 6], WINDOW_S,
                width / height, scene,
            )
            for scene in range(length)
        ]  # fmt: skip
        paths.append(folder / f"{number}.mp4")
        film(paths[-1], scenes, width, height, crf=23)
    return paths


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    parser.add_argument("--toy-windows", type=int, default=60)
    parser.add_argument("--windows", type=int, default=4)
    parser.add_argument("--skip", nargs="*", default=[], help="ways and models to leave out")
    parser.add_argument(
        "--keep", type=Path, help="folder for films, checkpoint and graphs, to use again"
    )
    parser.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
