"""How much memory describing takes on a CPU: for each size, engine and batch.

    python -m benchmarks.memory [--sizes 256m 500m 2.2b] [--batches 1 4 8] [--keep FOLDER]

Each engine has a process of its own, whose peak is the kernel's own count, after loading and after
each batch; OpenVINO's graphs are made first, in another one, whose peak is told too. Answers have
four tokens: what memory they take, the prompt has taken already. `needed` is what the product
reckons with (indexer/describing/memory_estimate.py): it should be the larger, and not by much.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from benchmarks.real_size import make
from indexer.describing.describer import DescriberOptions, load_describer
from indexer.describing.engines.registry import engine_kind
from indexer.describing.memory_estimate import needs
from indexer.describing.smolvlm import SmolVLM
from indexer.media.clip import Clip
from indexer.windows import Window

_WAYS = (
    ("openvino", "bfloat16"),
    ("openvino", "int8"),
    ("torch", "bfloat16"),
    ("torch", "float32"),
)
_FRAMES, _TOKENS = 8, 4


def main() -> None:
    """Measure; print a Markdown table."""
    asked = _arguments()
    if asked.one:
        print(json.dumps(_one(asked.one[0], asked.one[1], asked.one[2], asked.keep, asked.batches)))
        return
    with TemporaryDirectory() as name:
        folder = asked.keep or Path(name)
        batches = " | ".join(f"batch {batch} | needed | s" for batch in asked.batches)
        print(f"| size | engine | GB: preparing | loaded | {batches} |")
        print(f"|---|---|---|---|{'---|---|---|' * len(asked.batches)}")
        for size in asked.sizes:
            checkpoint = folder / size
            if not (checkpoint / "config.json").exists():
                make(checkpoint, size, _TOKENS)
            for engine, dtype in _WAYS:
                if f"{engine}-{dtype}" not in asked.skip:
                    _row(size, checkpoint, engine, dtype, asked.batches)


def _row(size: str, folder: Path, engine: str, dtype: str, batches: Sequence[int]) -> None:
    command = [
        *(sys.executable, "-W", "ignore", "-m", "benchmarks.memory", "--keep", str(folder)),
        *("--one", str(folder), engine, dtype, "--batches", *map(str, batches)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"| {size} | {engine} {dtype} | ended with {done.returncode} |", flush=True)
        return
    facts = json.loads(done.stdout.splitlines()[-1])
    cells = [size, f"{engine} {dtype}", *(_gb(facts[key]) for key in ("preparing", "loaded"))]
    for batch in batches:
        peak, seconds = facts["batches"][str(batch)]
        cells += [
            _gb(peak),
            _gb(needs(folder, engine_kind(engine).bytes_per_weight(dtype), batch).most),
            f"{seconds:.1f}",
        ]
    print(f"| {' | '.join(cells)} |", flush=True)


def _one(
    model: str, engine: str, dtype: str, keep: Path, batches: Sequence[int]
) -> dict[str, object]:
    """Return the peaks of this process, in bytes."""
    options = DescriberOptions(
        model,
        max_new_tokens=_TOKENS,
        device="cpu",
        dtype=dtype,
        engine=engine,
        batch_size=max(batches),
        cache=keep / "cache",
        every_frame=True,
    )
    describer = load_describer(options)
    assert isinstance(describer, SmolVLM)
    loaded, peaks = _peak(), {}
    rng = np.random.default_rng(0)
    for batch in sorted(batches):
        clips = [_clip(rng, describer.edge) for _ in range(batch)]
        start = perf_counter()
        describer.describe(clips)
        peaks[str(batch)] = (_peak(), perf_counter() - start)
    preparing = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return {"preparing": preparing, "loaded": loaded, "batches": peaks}


def _clip(rng: np.random.Generator, side: int) -> Clip:
    frames = rng.integers(0, 256, (_FRAMES, side, side, 3), np.uint8)
    return Clip(Window(0, 10_000), tuple(range(0, 10_000, 10_000 // _FRAMES)), frames)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _gb(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f}" if size_bytes else ""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--sizes", nargs="+", default=["256m", "500m", "2.2b"])
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 4, 8])
    parser.add_argument("--keep", type=Path, help="folder for checkpoints and graphs")
    parser.add_argument("--skip", nargs="*", default=[], help="ENGINE-DTYPE to leave out")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
