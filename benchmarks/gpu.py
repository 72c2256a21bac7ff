"""How fast a GPU describes: one command that makes what it needs, checks, and prints one table.

    python -m benchmarks.gpu [--minutes 8] [--sizes 256m 2.2b] [--json FILE]

Needs torch, transformers, av, num2words and numpy, no network and no files. It makes checkpoints of
the real sizes, laid out as the published ones, and 1080p h264; compares ids, and features in the
GPU's numbers with those in float32 on the CPU, and stops where they differ; then indexes as the
product does, from files to words (the store left out), in every way that is worth comparing:

- the seeds' way: one window at a time, decoded when it is wanted and scaled by way of 2048 (1536)
  pixels as the published settings say (to its favour, nothing is cut out and encoded again, and its
  prompts and copies are ours);
- ours in batches of 8, 32, 64 and 128, frames decoded ahead by processes, squared there, copied as
  pinned bytes and normalised on the GPU; with flash-attn where it is installed, with CUDA graphs,
  with NVDEC where PyAV has it.

Without a GPU it runs all the same, to be tested: `--small` takes a checkpoint of two layers.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import shutil
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from time import perf_counter
from typing import Any

import torch
from av.codec.hwaccel import hwdevices_available
from torch.nn import functional

from benchmarks.films import READERS, Films
from benchmarks.real_size import SIZES, Size, make
from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.describer import DEFAULT_PROMPT, Checkpoint, DescriberOptions, OnDemand
from indexer.describing.engines.torch_engine import TorchEngine, load_model
from indexer.describing.hardware import Hardware, choose_hardware
from indexer.describing.prompts import load_prompts
from indexer.describing.quiet_transformers import hush_transformers
from indexer.describing.smolvlm import SmolVLM
from indexer.ledger import FileRecord
from indexer.media.clip import Clip
from indexer.pipeline.decoder_count import decoders_here
from indexer.pipeline.job import Job
from indexer.pipeline.progress import Batch
from indexer.pipeline.run import run
from indexer.pipeline.timings import NO_FRAMES
from indexer.recipe import Recipe
from indexer.segments import Segment
from indexer.video import Video
from indexer.windows import Window

FRAMES, WINDOW_MS = 8, 10_000
# Features in 16 bits against float32: per token at least, and on average.
_LEAST, _MEAN = 0.95, 0.995
_CPU, _NVDEC = "CPU", "NVDEC"
_READERS = {
    _CPU: READERS,
    _NVDEC: ("benchmarks.gpu_decoding:NvdecReader",),
}
_COLUMNS = (
    "size",
    "way",
    "batch",
    "attention",
    "decoding",
    "windows/s",
    "x real time",
    "tokens/s",
    "GPU memory, GB",
    "waiting for frames",
)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to describe; `seeds` is the seeds' own, a window at a time."""

    batch: int
    attention: str = "sdpa"
    graphs: bool = False
    decoding: str = _CPU
    seeds: bool = False

    @property
    def optional(self) -> bool:
        """Whether it needs what a machine with torch and a GPU may well not have."""
        return self.graphs or self.attention != "sdpa" or self.decoding != _CPU

    @property
    def name(self) -> str:
        """What the table calls it."""
        return "the seeds'" if self.seeds else "ours, CUDA graphs" if self.graphs else "ours"


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured of a way; `waiting` is a share of the seconds, `memory_gb` the GPU's."""

    windows: int
    seconds: float
    tokens: int
    waiting: float
    memory_gb: float

    @property
    def rate(self) -> float:
        """Windows a second."""
        return self.windows / self.seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Check and measure; print one table for all sizes. Returns 1 where a check fails."""
    asked = _arguments(arguments)
    hush_transformers()
    deadline = perf_counter() + 60 * asked.minutes
    hardware = choose_hardware(asked.device)
    sizes = ["small"] if asked.small else asked.sizes
    rows: list[dict[str, Any]] = []
    print(f"{_machine(hardware)}\n", flush=True)
    with TemporaryDirectory(prefix="scenelist-gpu-") as name:
        folder = Path(name)
        films = Films(folder / "films", small=asked.small)
        print(_copies(hardware))
        for number, size in enumerate(sizes):
            ends = perf_counter() + (deadline - perf_counter()) / (len(sizes) - number)
            bench = Bench(folder / size, size, hardware, films, asked)
            if problem := bench.problem():
                print(f"{size}: {problem}")
                return 1
            rows += bench.measure(ends)
            del bench
            shutil.rmtree(folder / size)
            _free()
    print(f"\n| {' | '.join(_COLUMNS)} |\n|{'---|' * len(_COLUMNS)}")
    for row in rows:
        print(f"| {' | '.join(row['cells'])} |")
    if asked.json:
        asked.json.write_text(json.dumps({"machine": _machine(hardware), "rows": rows}, indent=2))
    return 0


class Bench:
    """One checkpoint on one device, and every way from files to words."""

    def __init__(
        self,
        folder: Path,
        size: str,
        hardware: Hardware,
        films: Films,
        asked: argparse.Namespace,
    ) -> None:
        self._size, self._hardware, self._films, self._asked = size, hardware, films, asked
        start = perf_counter()
        make(folder, size, asked.tokens, device=hardware.device)
        print(f"{size}: checkpoint made in {perf_counter() - start:.0f} s", flush=True)
        self._checkpoint = Checkpoint(size, "1", folder)
        self._prompts = load_prompts(folder)
        self._side = self._prompts.picture.side
        self._engine: TorchEngine | None = None
        self._attention = ""

    def problem(self) -> str:
        """Say what differs from float32 on the CPU, or from the processor's ids; else nothing."""
        clip = self._films.clips(1, FRAMES, self._side)[0]
        window, times = clip.window, clip.times_ms
        ids = self._prompts.about(window, times, DEFAULT_PROMPT)
        if (theirs := _processors_ids(self._checkpoint.folder, clip)) is None:
            print(f"{self._size}: ids not compared: transformers' processor needs torchvision")
        elif ids != theirs:
            return "the prompt's ids are not those of transformers' processor"
        frames = torch.from_numpy(clip.frames[:2]).movedim(-1, 1)
        cpu = TorchEngine(load_model(self._checkpoint, Hardware("cpu", torch.float32), "sdpa"))
        with torch.inference_mode():
            expected = cpu.look(frames)
            del cpu
            got = self._load("sdpa").look(frames.to(self._hardware.device)).float().cpu()
        alike = functional.cosine_similarity(got, expected, dim=-1)
        least, mean = float(alike.min()), float(alike.mean())
        print(
            f"{self._size}: features against float32 on the CPU: cosine at least {least:.4f},"
            f" {mean:.4f} on average",
            flush=True,
        )
        return "" if least >= _LEAST and mean >= _MEAN else "the features differ too much"

    def measure(self, ends: float) -> list[dict[str, Any]]:
        """Measure every way there is time for; return the table's rows."""
        rows, best = [], Way(0)
        fastest = 0.0
        for left, planned in self._ways():
            way = planned if planned.batch else replace(planned, batch=best.batch)
            each = min(self._asked.seconds, (ends - perf_counter()) / (left + 1) * 0.6)
            if each < 0.2:
                print(f"{self._size}: no time left for {way}")
                continue
            try:
                speed = self._speed(way, each)
            except torch.OutOfMemoryError:
                print(f"{self._size}: {way} needs more memory than there is")
                _free()
                continue
            except Exception as error:
                if not way.optional:
                    raise
                reason = str(error).strip().splitlines() or [type(error).__name__]
                print(f"{self._size}: {way} does not work here: {reason[0]}")
                _free()
                continue
            if not way.seeds and not way.graphs and speed.rate > fastest:
                fastest, best = speed.rate, way
            rows.append(self._row(way, speed))
            print(f"  {' | '.join(rows[-1]['cells'])}", flush=True)
        if best.batch and perf_counter() < ends:
            each = min(self._asked.seconds, 15.0, (ends - perf_counter()) / 3)
            self._stages(best, fastest, each)
        return rows

    def _ways(self) -> Iterator[tuple[int, Way]]:
        """Yield (how many come after it, way); a batch of 0 stands for the best so far."""
        batches = (1, 2) if self._asked.small else (8, 32, 64, 128)
        ways = [Way(1, seeds=True), *(Way(batch) for batch in batches)]
        if find_spec("flash_attn") is not None and self._hardware.device != "cpu":
            ways.append(Way(0, attention="flash_attention_2"))
        if self._hardware.device.startswith("cuda") and "cuda" in hwdevices_available():
            ways.append(Way(0, decoding=_NVDEC))
        if self._hardware.device.startswith("cuda") or self._asked.small:
            ways.append(Way(0, graphs=True))
        for number, way in enumerate(ways):
            yield len(ways) - 1 - number, way

    def _load(self, attention: str) -> TorchEngine:
        if self._engine is None or self._attention != attention:
            self._engine = None
            _free()
            model = load_model(self._checkpoint, self._hardware, attention)
            self._engine, self._attention = TorchEngine(model), attention
        return self._engine

    def _speed(self, way: Way, seconds: float) -> Speed:
        engine = Counting(self._load(way.attention).model, way.graphs)
        options = DescriberOptions(
            str(self._checkpoint.folder),
            max_new_tokens=self._asked.tokens,
            batch_size=way.batch,
            every_frame=True,
        )
        describer = SmolVLM(self._prompts, engine, options)
        ready = self._films.clips(way.batch, FRAMES, self._side)
        describer.describe(ready)  # warms up, and is where memory runs out
        if describer.batch_size != way.batch:
            raise torch.OutOfMemoryError
        engine.tokens = 0
        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
        if way.seeds:
            windows, took, waited = self._as_the_seeds(describer, seconds)
        else:
            windows, took, waited = self._as_we(describer, way, seconds)
        memory = torch.cuda.max_memory_reserved() if torch.cuda.is_available() else 0
        return Speed(windows, took, engine.tokens, waited / took, memory / 1e9)

    def _as_we(self, describer: SmolVLM, way: Way, seconds: float) -> tuple[int, float, float]:
        """Index as the product does until time is up; return windows, seconds, seconds waited."""
        recipe = Recipe("random", "1", DEFAULT_PROMPT, FRAMES, WINDOW_MS, WINDOW_MS, 64)
        job = Job(
            self._films.paths(),
            recipe,
            lambda: DecodeWorker(readers=_READERS[way.decoding]),
            OnDemand(lambda: describer),
            lambda: self._asked.decoders or decoders_here(self._hardware.device),
            subtitles=False,
        )
        windows, start = 0, perf_counter()
        with closing(run(job, Nowhere())) as progress:
            for item in progress:
                if isinstance(item, Batch):
                    windows += item.windows
                    if perf_counter() - start > seconds:
                        break
            took = perf_counter() - start
            waited = job.stages.seconds().get(NO_FRAMES, 0.0)
        return windows, took, waited

    def _as_the_seeds(self, describer: SmolVLM, seconds: float) -> tuple[int, float, float]:
        """Decode, scale and describe one window after the other, until time is up."""
        size = SIZES[self._size]
        windows, waited, start = 0, 0.0, perf_counter()
        with DecodeWorker(readers=_READERS[_CPU]) as worker:
            for path in self._films.paths():
                video = worker.probe(path)
                for window in video.windows(WINDOW_MS, WINDOW_MS):
                    asked = perf_counter()
                    clip = next(worker.clips([window], FRAMES, size.detour))
                    waited += perf_counter() - asked
                    describer.describe([replace(clip, frames=_by_way_of(clip.frames, size))])
                    windows += 1
                    if perf_counter() - start > seconds:
                        return windows, perf_counter() - start, waited
        raise AssertionError("there is always another film")

    def _stages(self, way: Way, rate: float, seconds: float) -> None:
        """Say what decoding and the model manage alone, and how near to the slower one ours is."""
        decoding = self._decoding(way, seconds)
        engine = self._load(way.attention)
        options = DescriberOptions("", max_new_tokens=self._asked.tokens, batch_size=way.batch)
        describer = SmolVLM(self._prompts, engine, replace(options, every_frame=True))
        ready = self._films.clips(way.batch, FRAMES, self._side)
        done, start = 0, perf_counter()
        while not done or perf_counter() - start < seconds:
            describer.describe(ready)
            done += len(ready)
        model = done / (perf_counter() - start)
        slower = min(model, decoding)
        print(
            f"{self._size}, batch {way.batch}: decoding alone {decoding:.2f} windows/s, the model"
            f" alone {model:.2f}; ours takes {slower / rate:.2f} of the time of the slower one"
            " alone.",
            flush=True,
        )

    def _decoding(self, way: Way, seconds: float) -> float:
        """Return how many windows a second the decoding processes hand over, no model at work."""
        recipe = Recipe("nothing", "1", "", FRAMES, WINDOW_MS, WINDOW_MS, 1)
        done, lock = 0, Lock()

        class Taking:
            edge, square, batch_size = self._side, True, 1

            def describe(self, clips: Sequence[Clip]) -> list[str]:
                nonlocal done
                with lock:
                    done += len(clips)
                return [""] * len(clips)

        job = Job(
            self._films.paths(),
            recipe,
            lambda: DecodeWorker(readers=_READERS[way.decoding]),
            OnDemand(Taking),
            lambda: self._asked.decoders or decoders_here(self._hardware.device),
            subtitles=False,
        )
        start = perf_counter()
        with closing(run(job, Nowhere())) as progress:
            for item in progress:
                if isinstance(item, Batch) and perf_counter() - start > seconds:
                    break
            return done / (perf_counter() - start)

    def _row(self, way: Way, speed: Speed) -> dict[str, Any]:
        cells = (
            self._size,
            way.name,
            str(way.batch),
            way.attention,
            way.decoding,
            f"{speed.rate:.2f}",
            f"{speed.rate * WINDOW_MS / 1000:.1f}",
            f"{speed.tokens / speed.seconds:.0f}",
            f"{speed.memory_gb:.1f}" if torch.cuda.is_available() else "-",
            f"{100 * speed.waiting:.0f} %",
        )
        facts = {"windows": speed.windows, "seconds": speed.seconds, "tokens": speed.tokens}
        return {"cells": list(cells), **facts}


class Counting(TorchEngine):
    """Counts the tokens that are written."""

    tokens = 0

    def write(
        self,
        embedded: torch.Tensor,
        mask: torch.Tensor,
        longest: int,
        ends: Sequence[int],
        padding: int,
        sentence_ends: Collection[int] = (),
    ) -> torch.Tensor:
        """Answer, and count."""
        answers = super().write(embedded, mask, longest, ends, padding, sentence_ends)
        self.tokens += answers.numel()
        return answers


class Nowhere:
    """A ledger that keeps nothing: what is measured ends with the words."""

    def file(self, path: Path) -> FileRecord | None:
        """Return nothing: no file is known."""
        return None

    def complete(self, fingerprint: str) -> str:
        """Return nothing: no content is complete."""
        return ""

    def link(self, path: Path, fingerprint: str, size_bytes: int, mtime_ns: int) -> None:
        """Keep nothing."""

    def begin(self, video: Video, recipe: Recipe) -> frozenset[Window]:
        """Return nothing: no window is described."""
        return frozenset()

    def put(self, video: Video, recipe: Recipe, segments: Sequence[Segment]) -> None:
        """Keep nothing."""

    def finish(self, video: Video, recipe: Recipe) -> None:
        """Keep nothing."""

    def fail(
        self, path: Path, fingerprint: str, size_bytes: int, mtime_ns: int, error: str
    ) -> None:
        """A film of our own that cannot be read is a fault of the benchmark."""
        raise AssertionError(f"{path}: {error}")


def _by_way_of(frames: Any, size: Size) -> Any:
    """Scale frames as the published settings say: the longer edge to the detour, then squared."""
    height, width = frames.shape[1:3]
    scale = size.detour / max(height, width)
    pixels = torch.from_numpy(frames).movedim(-1, 1).float()
    for shape in ((round(height * scale), round(width * scale)), (size.side, size.side)):
        pixels = functional.interpolate(pixels, shape, mode="bicubic", antialias=True)
    return pixels.round().clamp(0, 255).byte().movedim(1, -1).contiguous().numpy()


def _processors_ids(folder: Path | None, clip: Clip) -> list[int] | None:
    """Return the prompt's ids from transformers' own processor; None where it cannot be had."""
    if find_spec("torchvision") is None:
        return None
    from transformers import AutoProcessor
    from transformers.video_utils import VideoMetadata

    processor = AutoProcessor.from_pretrained(folder)
    content = [{"type": "video"}, {"type": "text", "text": DEFAULT_PROMPT}]
    text = processor.apply_chat_template(
        [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
    )
    metadata = VideoMetadata(
        total_num_frames=clip.window.length_ms,
        fps=1000,
        duration=clip.window.length_ms / 1000,
        frames_indices=[time_ms - clip.window.start_ms for time_ms in clip.times_ms],
    )
    made = processor(
        text=[text],
        videos=[clip.frames],
        video_metadata=[metadata],
        do_sample_frames=False,
        return_tensors="pt",
    )
    ids: list[int] = made["input_ids"][0].tolist()
    return ids


def _copies(hardware: Hardware) -> str:
    """Say how fast frames get to the device, from pinned memory and from ordinary."""
    if not hardware.device.startswith("cuda"):
        return "No GPU: frames are not copied."
    rates = []
    for pinned in (False, True):
        frames = torch.empty(256 * 2**20, dtype=torch.uint8, pin_memory=pinned)
        frames.to(hardware.device)
        torch.cuda.synchronize()
        start = perf_counter()
        for _ in range(4):
            frames.to(hardware.device, non_blocking=pinned)
        torch.cuda.synchronize()
        rates.append(4 * frames.numel() / 1e9 / (perf_counter() - start))
    return f"Copies to the GPU: {rates[0]:.1f} GB/s, from pinned memory {rates[1]:.1f} GB/s."


def _free() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _machine(hardware: Hardware) -> str:
    where = torch.cuda.get_device_name() if hardware.device.startswith("cuda") else "no GPU"
    dtype = str(hardware.dtype).removeprefix("torch.")
    return f"{where}, {dtype}, {os.cpu_count()} processors, torch {torch.__version__}"


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--minutes", type=float, default=8, help="how long all of it may take")
    parser.add_argument("--seconds", type=float, default=30, help="at most so long for each way")
    parser.add_argument("--sizes", nargs="+", choices=["256m", "500m", "2.2b"])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--decoders", type=int, help="decoding processes [as the product]")
    parser.add_argument("--tokens", type=int, default=64, help="length of every answer")
    parser.add_argument("--small", action="store_true", help="two layers and small films")
    parser.add_argument("--json", type=Path, help="write what was measured here")
    parser.set_defaults(sizes=["256m", "2.2b"])
    return parser.parse_args(given)


if __name__ == "__main__":
    sys.exit(main())
