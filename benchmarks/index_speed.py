"""How fast indexing is: the way the model's authors published, plain transformers, and ours.

    python -m benchmarks.index_speed [--model 256m] [--windows 6] [--clip FILE] [--dtype auto]

A randomly initialised checkpoint of the real size describes the windows of a clip: rendered 1080p
h264 of moving shapes (libx264, veryfast, crf 23, a keyframe every 10 s at most), or a file. Every
way sees 8 frames of each 10 s window and answers with 64 tokens. All are measured in one run, one
after the other, so that ratios hold on a machine that is busy with other things.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import torch
from transformers import AutoModelForImageTextToText, AutoProcessor
from transformers.video_utils import load_video

from benchmarks.real_size import SIZES, make
from indexer.decode import DecodeWorker
from indexer.describe import DEFAULT_PROMPT, DescriberOptions, OnDemand, Recipe
from indexer.feed import Job
from indexer.frames import Clip
from indexer.hardware import choose_hardware
from indexer.pipeline import run
from indexer.smolvlm import SmolVLM, attention
from search import Library
from search.embed import DEFAULT_EMBEDDER, load_embedder
from toyworld.film import film
from toyworld.world import Scene

FRAMES, WINDOW_S, TOKENS = 8, 10.0, 64


def main() -> None:
    """Measure every way; print a table, and JSON with --json."""
    arguments = _arguments()
    with TemporaryDirectory() as name:
        folder = Path(name)
        checkpoint = make(folder / "checkpoint", arguments.model, TOKENS)
        clip = arguments.clip or _render(folder / "clip.mp4", arguments.windows)
        bench = Bench(folder, checkpoint, clip, arguments)
        seconds = bench.measure()
    windows = bench.windows
    slowest = seconds.get("the authors' way")
    print(f"{windows} windows of {clip.name}, {arguments.model}, {bench.dtype}, {_machine()}\n")
    print("| | s a window | windows/s | x real time | against the authors' |")
    print("|---|---|---|---|---|")
    for way, total in seconds.items():
        each = total / windows
        ratio = f"{slowest / total:.2f}x" if slowest else "-"
        print(f"| {way} | {each:.2f} | {1 / each:.3f} | {WINDOW_S / each:.2f} | {ratio} |")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(f"\nFrames looked at: {bench.looked_at}. Peak memory of this process: {peak_mb:.0f} MB.")
    if arguments.json:
        facts = {"model": arguments.model, "windows": windows, "seconds": seconds}
        arguments.json.write_text(json.dumps(facts, indent=2), "utf-8")


class Bench:
    """One checkpoint, one clip, and every way from it to words."""

    def __init__(
        self, folder: Path, checkpoint: Path, clip: Path, arguments: argparse.Namespace
    ) -> None:
        self._folder, self._checkpoint, self._clip = folder, checkpoint, clip
        self._skip: list[str] = arguments.skip
        hardware = choose_hardware("auto", arguments.dtype)
        self.dtype = str(hardware.dtype).removeprefix("torch.")
        self._device = hardware.device
        self._options = DescriberOptions(
            str(checkpoint), max_new_tokens=TOKENS, dtype=self.dtype, device=self._device
        )
        self._processor: Any = AutoProcessor.from_pretrained(checkpoint)
        self._model: Any = AutoModelForImageTextToText.from_pretrained(
            checkpoint, dtype=hardware.dtype, attn_implementation=attention(hardware)
        )
        self._model.to(self._device).eval()
        self._recipe = Recipe("random", "1", DEFAULT_PROMPT, FRAMES, 10_000, 10_000, TOKENS)
        worker = DecodeWorker()
        video = worker.probe(clip)
        tiled = video.windows(10_000, 10_000)
        self._tiled = [w for w in tiled if w.length_ms == 10_000][: arguments.windows]
        self.windows = len(self._tiled)
        self._edge = int(self._processor.video_processor.size["longest_edge"])
        self._clips = list(worker.clips(self._tiled, FRAMES, self._edge))
        worker.close()
        self.looked_at = ""

    def measure(self) -> dict[str, float]:
        """Return the seconds each way takes for all windows."""
        self._batch_one(self._clips[:1])  # warm
        ways: dict[str, Callable[[], object]] = {
            "the authors' way": self._authors,
            "transformers, batch 1, frames ready": lambda: self._batch_one(self._clips),
            "ours": lambda: self._ours(every_frame=False),
            "ours, every frame looked at": lambda: self._ours(every_frame=True),
            "stage: decoding": self._decoding,
            "stage: preparing frames": self._preparing,
            "stage: model": self._describing,
            "stage: embedding and store": self._storing,
        }
        seconds = {}
        for way, go in ways.items():
            if not any(word in way for word in self._skip):
                start = perf_counter()
                go()
                seconds[way] = perf_counter() - start
        return seconds

    def _authors(self) -> None:
        """Cut each window out with ffmpeg, open the cut, one window at a time."""
        for window in self._tiled:
            cut = self._folder / "cut.mp4"
            subprocess.run(
                [
                    *("ffmpeg", "-y", "-loglevel", "error", "-i", str(self._clip)),
                    *("-ss", str(window.start_ms / 1000), "-t", str(WINDOW_S)),
                    *("-c:v", "libx264", "-an", str(cut)),
                ],
                check=True,
            )
            frames, metadata = load_video(str(cut), num_frames=FRAMES, backend="pyav")
            content = [{"type": "video"}, {"type": "text", "text": DEFAULT_PROMPT}]
            text = self._processor.apply_chat_template(
                [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
            )
            inputs = self._processor(
                text=[text],
                videos=[frames],
                video_metadata=[metadata],
                do_sample_frames=False,
                return_tensors="pt",
            )
            self._generate(inputs)

    def _batch_one(self, clips: Sequence[Clip]) -> None:
        prepared = SmolVLM(self._processor, self._model, self._options)
        for clip in clips:
            self._generate(prepared.inputs([clip], [DEFAULT_PROMPT]))

    def _generate(self, inputs: Any) -> None:
        inputs = inputs.to(self._device)
        inputs["pixel_values"] = inputs["pixel_values"].to(self._model.dtype)
        with torch.inference_mode():
            self._model.generate(**inputs, do_sample=False, max_new_tokens=TOKENS)

    def _ours(self, *, every_frame: bool) -> None:
        """Index as the product does, from the file to the store."""
        options = replace(self._options, every_frame=every_frame)
        describer = SmolVLM(self._processor, self._model, options)
        name = "every" if every_frame else "alike"
        library = Library.open(self._folder / name, create=True, embedder=DEFAULT_EMBEDDER)
        only = OnDemand(lambda: describer)
        job = Job([self._clip], self._recipe, lambda: _Some(self._tiled), only)
        with library.writing() as writer, closing(run(job, writer)) as progress:
            for _ in progress:
                pass
        if not every_frame:
            eyes = describer.eyes
            self.looked_at = f"{eyes.looked_at} of {eyes.frames}"

    def _decoding(self) -> None:
        with _worker() as worker:
            worker.probe(self._clip)
            for _ in worker.clips(self._tiled, FRAMES, self._edge):
                pass

    def _preparing(self) -> None:
        prepared = SmolVLM(self._processor, self._model, self._options)
        for clip in self._clips:
            prepared.inputs([clip], [DEFAULT_PROMPT])

    def _describing(self) -> None:
        SmolVLM(self._processor, self._model, self._options).describe(self._clips)

    def _storing(self) -> None:
        load_embedder(DEFAULT_EMBEDDER, offline=True).documents(["A dog runs."] * self.windows)


class _Some(DecodeWorker):
    """Decodes only the windows that are measured."""

    def __init__(self, windows: Sequence[Any]) -> None:
        super().__init__()
        self._wanted = set(windows)

    def clips(self, windows: Sequence[Any], frames: int, edge: int) -> Iterator[Clip]:
        """Yield the clips of those of the windows that are wanted."""
        yield from super().clips([w for w in windows if w in self._wanted], frames, edge)


@contextmanager
def _worker() -> Iterator[DecodeWorker]:
    worker = DecodeWorker()
    try:
        yield worker
    finally:
        worker.close()


def _render(path: Path, windows: int) -> Path:
    """Film moving shapes in 1080p, long enough for some windows."""
    motions = ("right", "bounce", "spin", "downleft", "orbit", "up")
    scenes = [
        Scene(ground, "red", "star", motion, WINDOW_S + 1, 16 / 9, number)
        for number, (ground, motion) in enumerate(
            zip(("sea", "grass", "grey", "sky", "night", "desert"), motions, strict=True)
        )
    ]
    film(path, list(islice(scenes * windows, windows)), 1920, 1080, crf=23)
    return path


def _machine() -> str:
    where = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    return f"{os.cpu_count()} processors, {where}, torch {torch.__version__}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.index_speed", description=__doc__)
    parser.add_argument("--model", choices=list(SIZES), default="256m")
    parser.add_argument("--windows", type=int, default=6)
    parser.add_argument("--clip", type=Path)
    parser.add_argument(
        "--dtype", choices=["auto", "float32", "bfloat16", "float16"], default="auto"
    )
    parser.add_argument("--skip", nargs="*", default=[], help="leave out ways with these words")
    parser.add_argument("--json", type=Path, help="write the seconds here")
    return parser.parse_args()


if __name__ == "__main__":
    main()
