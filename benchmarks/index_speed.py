"""How fast indexing is: the way the model's authors published, plain transformers, and ours.

    python -m benchmarks.index_speed [--model 256m] [--windows 4] [--friendly] [--clip FILE]

A checkpoint of the real size with random weights, laid out as the published ones (or with
`--friendly`, whose frames make no detour in transformers' processor), describes the windows of a
clip: rendered 1080p h264 of moving shapes (libx264, veryfast, crf 23, a keyframe every 10 s at
most), or a file. Every way sees 8 frames of each 10 s window and answers with 64 tokens. All are
measured in one run, one after the other, so that ratios hold on a machine that is busy with other
things.

Ways are steady (models, graphs and embedder loaded and one window described before the clock
starts) but for those with start-up, from before the model is loaded; what OpenVINO prepares once
in a machine's life, and importing libraries, is in none.
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
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import torch
from transformers import AutoModelForImageTextToText, AutoProcessor
from transformers.video_utils import VideoMetadata, load_video

from benchmarks.real_size import SIZES, make
from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.describer import DEFAULT_PROMPT, DescriberOptions, OnDemand
from indexer.describing.engines.torch_engine import best_attention
from indexer.describing.hardware import choose_hardware
from indexer.describing.smolvlm import SmolVLM, frame_size, load, locate
from indexer.errors import ModelError
from indexer.media.clip import Clip
from indexer.pipeline.job import Job
from indexer.pipeline.run import run
from indexer.recipe import Recipe
from indexer.segments import Segment
from search import Library
from search.embedding.embedder import DEFAULT_EMBEDDER
from toy.world.film import film
from toy.world.scenes import Scene

FRAMES, WINDOW_S, TOKENS = 8, 10.0, 64
Clock = Callable[[str, Callable[[], object]], None]
AUTHORS, BATCH_ONE = "the authors' way", "transformers, batch 1, frames ready"
LOADING, START_UP = "loading, transformers", "with start-up"


def main() -> None:
    """Measure every way; print a table, and JSON with --json."""
    arguments = _arguments()
    with TemporaryDirectory() as name:
        folder = Path(name)
        layout = "friendly" if arguments.friendly else "published"
        kept = (arguments.keep or folder) / f"{arguments.model}-{layout}"
        if not (checkpoint := kept / "checkpoint").exists():
            make(checkpoint, arguments.model, TOKENS, friendly=arguments.friendly)
        clip = arguments.clip or _render(folder / "clip.mp4", arguments.windows)
        bench = Bench(folder, checkpoint, clip, arguments)
        print(
            f"{bench.windows} windows of {clip.name}, {arguments.model}, {layout}, {_machine()}\n"
        )
        print("| | s a window | windows/s | x real time | against the authors' | batch 1 |")
        print("|---|---|---|---|---|---|", flush=True)
        seconds = bench.measure(lambda way, so_far: print(_row(way, so_far, bench.windows)))
    print(f"\nFrames looked at where those alike share a look: {bench.looked_at}.")
    print(bench.against_the_stages(seconds))
    print("\n".join(bench.notes))
    print(f"Peak memory, decoders not counted: {_peak_mb():.0f} MB.")
    if torch.cuda.is_available():
        print(f"GPU memory: {torch.cuda.max_memory_allocated() / 1e6:.0f} MB.")
    if arguments.json:
        facts = {
            "model": arguments.model,
            "layout": layout,
            "machine": _machine(),
            "windows": bench.windows,
            "seconds": seconds,
            "looked_at": bench.looked_at,
        }
        arguments.json.write_text(json.dumps(facts, indent=2), "utf-8")


def _row(way: str, seconds: dict[str, float], windows: int) -> str:
    each = seconds[way] / windows
    loading = seconds.get(LOADING, 0.0) if way.endswith(START_UP) else 0.0
    ratios = [
        f"{(seconds[other] + loading) / seconds[way]:.2f}x"
        if other in seconds and not way.startswith(("stage", LOADING))
        else ""
        for other in (AUTHORS, BATCH_ONE)
    ]
    cells = [way, f"{each:.2f}", f"{1 / each:.3f}", f"{WINDOW_S / each:.2f}", *ratios]
    return f"| {' | '.join(cells)} |"


class Bench:
    """One checkpoint, one clip, and every way from it to words."""

    def __init__(
        self, folder: Path, checkpoint: Path, clip: Path, arguments: argparse.Namespace
    ) -> None:
        self._folder, self._checkpoint, self._clip = folder, checkpoint, clip
        self._arguments = arguments
        self._hardware = choose_hardware("auto", arguments.dtype)
        self._dtype = str(self._hardware.dtype).removeprefix("torch.")
        self._processor: Any = AutoProcessor.from_pretrained(checkpoint)
        self._recipe = Recipe("random", "1", DEFAULT_PROMPT, FRAMES, 10_000, 10_000, TOKENS)
        with _worker() as worker:
            self._video = worker.probe(clip)
            tiled = self._video.windows(10_000, 10_000)
            self._tiled = [w for w in tiled if w.length_ms == 10_000][: arguments.windows]
            self.windows = len(self._tiled)
            self._edge = int(self._processor.video_processor.max_image_size["longest_edge"])
            detour = int(self._processor.video_processor.size["longest_edge"])
            self._whole = list(worker.clips(self._tiled, FRAMES, detour))
            self._clips = list(worker.clips(self._tiled, FRAMES, self._edge, True))
        self.looked_at = ""
        self.notes: list[str] = []

    def measure(self, tell: Callable[[str, dict[str, float]], object]) -> dict[str, float]:
        """Return the seconds each way takes for all windows, telling of each when it is known."""
        seconds: dict[str, float] = {}

        def clock(way: str, go: Callable[[], object]) -> None:
            if not any(word in way for word in self._arguments.skip):
                start = perf_counter()
                go()
                seconds[way] = perf_counter() - start
                tell(way, seconds)

        self._measure_theirs(clock)
        for engine, dtype in self._engines():
            self._measure_ours(engine, dtype, clock)
        return seconds

    def _measure_theirs(self, clock: Clock) -> None:
        loaded: list[Any] = []
        clock(LOADING, lambda: loaded.append(self._load_theirs()))
        if loaded:
            (model,) = loaded
            self._batch_one(model, self._whole[:1])  # warm
            clock(AUTHORS, lambda: self._authors(model))
            clock(BATCH_ONE, lambda: self._batch_one(model, self._whole))

    def _load_theirs(self) -> Any:
        AutoProcessor.from_pretrained(self._checkpoint)
        model = AutoModelForImageTextToText.from_pretrained(
            self._checkpoint,
            dtype=self._hardware.dtype,
            attn_implementation=best_attention(self._hardware),
        )
        return model.to(self._hardware.device).eval()

    def _engines(self) -> Iterator[tuple[str, str]]:
        """Yield the engines to measure, the one used by itself last but for int8."""
        through_openvino = self._hardware.device == "cpu" and find_spec("openvino") is not None
        if self._arguments.torch or not through_openvino:
            yield "torch", self._dtype
        if through_openvino:
            yield "openvino", self._dtype
            if find_spec("nncf") is not None:
                yield "openvino", "int8"

    def _measure_ours(self, engine: str, dtype: str, clock: Clock) -> None:
        options = DescriberOptions(
            str(self._checkpoint),
            max_new_tokens=TOKENS,
            device=self._hardware.device,
            dtype=dtype,
            engine=engine,
            cache=self._checkpoint.parent / "cache",
            compile=self._arguments.compile,
            every_frame=True,
        )
        name = f"{engine} {dtype}"
        if any(word in f"ours, {name}" for word in self._arguments.skip):
            return
        checkpoint = locate(options, lambda _: None)
        try:
            every = load(options, checkpoint, lambda _: None)
        except ModelError as error:  # too little memory for it, say
            self.notes.append(f"{name} was left out: {error}")
            return
        assert isinstance(every, SmolVLM)
        alike = SmolVLM(every.prompts, every.engine, replace(options, every_frame=False))
        every.describe(self._clips[:1])  # warm
        for describer, which in ((every, "every frame"), (alike, "alike share")):
            folder = self._folder / f"{name}, {which}"
            library = Library.open(folder, create=True, embedder=DEFAULT_EMBEDDER)
            clock(f"ours, {name}, {which}", lambda: self._ours(library, describer))  # noqa: B023
        library = Library.open(
            self._folder / f"{name}, cold", create=True, embedder=DEFAULT_EMBEDDER
        )
        clock(f"ours, {name}, every frame, {START_UP}", lambda: self._cold(library, options))
        self.looked_at = f"{alike.eyes.looked_at} of {alike.eyes.frames}"
        clock(f"stage: decoding, for {name}", self._decoding)
        clock(f"stage: model, {name}", lambda: every.describe(self._clips))
        library = Library.open(
            self._folder / f"{name}, store", create=True, embedder=DEFAULT_EMBEDDER
        )
        clock(f"stage: embedding and store, for {name}", lambda: self._storing(library))
        if not any(word in "parts" for word in self._arguments.skip):
            self.notes += self._parts(name, every)

    def against_the_stages(self, seconds: dict[str, float]) -> str:
        """Compare each way of ours with the sum and the largest of its stages alone."""
        lines = []
        for engine, dtype in self._engines():
            name = f"{engine} {dtype}"
            parts = [s for way, s in seconds.items() if way.startswith("stage") and name in way]
            ours = seconds.get(f"ours, {name}, every frame")
            if ours and len(parts) == 3:
                lines.append(
                    f"ours, {name}: {ours / sum(parts):.2f} of the sum of its stages alone,"
                    f" {ours / max(parts):.2f} of the largest."
                )
        return "\n".join(lines)

    def _authors(self, model: Any) -> None:
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
            self._generate(model, frames, metadata)

    def _batch_one(self, model: Any, clips: Sequence[Clip]) -> None:
        for clip in clips:
            metadata = VideoMetadata(
                total_num_frames=10_000,
                fps=1000,
                duration=WINDOW_S,
                frames_indices=[t - clip.window.start_ms for t in clip.times_ms],
            )
            self._generate(model, clip.frames, metadata)

    def _generate(self, model: Any, frames: Any, metadata: Any) -> None:
        """Describe one window as the model's card does."""
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
        ).to(self._hardware.device)
        inputs["pixel_values"] = inputs["pixel_values"].to(model.dtype)
        with torch.inference_mode():
            model.generate(**inputs, do_sample=False, max_new_tokens=TOKENS)

    def _ours(self, library: Library, describer: SmolVLM) -> None:
        """Index as the product does, from the file to the store."""
        only = OnDemand(lambda: describer)
        job = Job([self._clip], self._recipe, lambda: _Some(self._tiled), only)
        self._run(library, job)

    def _cold(self, library: Library, options: DescriberOptions) -> None:
        """The same, with the model still to be loaded; say what was waited for in turn."""
        checkpoint = locate(options, lambda _: None)
        late = OnDemand(lambda: load(options, checkpoint, lambda _: None), frame_size(checkpoint))
        job = Job([self._clip], self._recipe, lambda: _Some(self._tiled), late)
        self._run(library, job)
        spent = ", ".join(f"{stage} {s:.1f} s" for stage, s in job.stages.seconds().items())
        self.notes.append(f"With start-up, {options.engine} {options.dtype}: {spent}.")

    @staticmethod
    def _run(library: Library, job: Job) -> None:
        with library.writing() as writer, closing(run(job, writer)) as progress:
            for _ in progress:
                pass

    def _decoding(self) -> None:
        with _worker() as worker:
            worker.probe(self._clip)
            for _ in worker.clips(self._tiled, FRAMES, self._edge, True):
                pass

    def _parts(self, name: str, describer: SmolVLM) -> Iterator[str]:
        """Say what the model's thread does for a window, part by part, in batches of 1 and 4."""
        for batch in (1, 4):
            clips = (self._clips * batch)[:batch]
            engine, took = describer.engine, _Laps()
            inputs = describer.inputs(clips, [DEFAULT_PROMPT] * batch)
            took.lap()
            with torch.inference_mode():
                seen = engine.look(inputs["pixel_values"].flatten(0, 1))
                took.lap()
                embedded = engine.embed(inputs["input_ids"])
                places = inputs["input_ids"] == engine.config.image_token_id
                embedded = embedded.masked_scatter(places[..., None], seen.to(embedded))
                took.lap()
                for longest in (1, TOKENS):
                    answers = engine.write(
                        embedded, inputs["attention_mask"], longest, describer.end_tokens(), 2
                    )
                    took.lap()
            prepared, looked, _, read, wrote = took.seconds
            step = (wrote - read) / (answers.shape[1] - 1)
            yield (
                f"Parts, {name}, batch {batch}, a window: preparing {prepared / batch:.3f} s, the"
                f" tower {looked / batch:.2f} s, reading {inputs['input_ids'].shape[1]} tokens"
                f" {read / batch:.2f} s, writing {step * TOKENS / batch:.2f} s"
                f" ({batch / step:.0f} tokens/s)."
            )

    def _storing(self, library: Library) -> None:
        """Keep as many windows as a run does, in words as long."""
        words = " ".join(["word"] * TOKENS)
        segments = [Segment(window, f"{window.start_ms} {words}") for window in self._tiled]
        with library.writing() as writer:
            writer.begin(self._video, self._recipe)
            writer.put(self._video, self._recipe, segments)
            writer.finish(self._video, self._recipe)


class _Laps:
    """Takes the seconds between calls of `lap`."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._last = perf_counter()

    def lap(self) -> None:
        """Note the seconds since the last call."""
        now = perf_counter()
        self.seconds.append(now - self._last)
        self._last = now


class _Some(DecodeWorker):
    """Decodes only the windows that are measured."""

    def __init__(self, windows: Sequence[Any]) -> None:
        super().__init__()
        self._wanted = set(windows)

    def clips(
        self, windows: Sequence[Any], frames: int, edge: int, square: bool = False
    ) -> Iterator[Clip]:
        """Yield the clips of those of the windows that are wanted."""
        yield from super().clips([w for w in windows if w in self._wanted], frames, edge, square)


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


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def _machine() -> str:
    where = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    return f"{os.cpu_count()} processors, {where}, torch {torch.__version__}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.index_speed", description=__doc__)
    parser.add_argument("--model", choices=list(SIZES), default="256m")
    parser.add_argument("--windows", type=int, default=4)
    layouts = parser.add_mutually_exclusive_group()
    layouts.add_argument("--published", action="store_true", help="lay out as published [so it is]")
    layouts.add_argument("--friendly", action="store_true", help="a layout without the detour")
    parser.add_argument("--torch", action="store_true", help="measure ours with torch too")
    parser.add_argument("--clip", type=Path)
    parser.add_argument(
        "--dtype", choices=["auto", "float32", "bfloat16", "float16"], default="auto"
    )
    parser.add_argument("--keep", type=Path, help="folder for checkpoint and graphs, to use again")
    parser.add_argument("--skip", nargs="*", default=[], help="leave out ways with these words")
    parser.add_argument(
        "--compile", action="store_true", help="static cache and CUDA graphs, on a GPU"
    )
    parser.add_argument("--json", type=Path, help="write the seconds here")
    return parser.parse_args()


if __name__ == "__main__":
    main()
