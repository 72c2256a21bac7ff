"""What the tower is given of filmed frames, against what the published processor makes of them.

    python -m benchmarks.pixels FILE... [--frames 8] [--tower 2]

For each video: the mean absolute difference of a pixel (of 255) between our frames, squared in one
step as they are decoded, and the processor's, by way of 2048 pixels; the same for frames that keep
their shape until the processor squares them; and how alike what is seen in both is, as cosines of
features token by token: through the trained tower of the toy, and through one of the 256M's size
with random weights (`--tower` frames of each video, for it is slow).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from transformers import AutoProcessor

from benchmarks.real_size import make
from indexer.describing.checkpoints import TOY
from indexer.describing.describer import Checkpoint
from indexer.describing.engines.torch_engine import TorchEngine, load_model
from indexer.describing.hardware import Hardware
from indexer.media.readers.reader import open_reader
from indexer.media.timeline import read_timeline
from indexer.windows import Window

Frames = NDArray[np.uint8]
_WHOLE = 8192  # no video is wider: frames as they are


class Given:
    """What one checkpoint's tower is given of a video, by the processor and by us."""

    def __init__(self, folder: Path, name: str) -> None:
        self._processor: Any = AutoProcessor.from_pretrained(folder)
        self.side = int(self._processor.video_processor.max_image_size["longest_edge"])
        model = load_model(Checkpoint(name, "", folder), Hardware("cpu", torch.float32), "sdpa")
        self._engine = TorchEngine(model)

    def theirs(self, frames: Frames, edge: int | None = None) -> Frames:
        """Return what the processor makes of frames, squared, with its own settings or `edge`."""
        settings = {} if edge is None else {"size": {"longest_edge": edge}}
        made = self._processor.video_processor(
            [frames], do_rescale=False, do_normalize=False, return_tensors="np", **settings
        )
        squared: Frames = made["pixel_values"][0].transpose(0, 2, 3, 1)
        return squared

    def alike(self, ours: Frames, theirs: Frames) -> tuple[float, float]:
        """Return the least and the mean cosine of the features of frames."""
        with torch.inference_mode():
            seen = [
                self._engine.look(torch.from_numpy(np.ascontiguousarray(frames)).movedim(-1, 1))
                for frames in (ours, theirs)
            ]
        cosines = functional.cosine_similarity(seen[0], seen[1], dim=-1)
        return float(cosines.min()), float(cosines.mean())


def main() -> None:
    """Compare; print a Markdown table."""
    arguments = _arguments()
    with TemporaryDirectory() as name:
        large = Given(make(Path(name), "256m", 64), "256m")
        toy = Given(TOY, "toy")
        print("| video | pixels | … shape kept | toy: least | mean | 256M: least | mean |")
        print("|---|---|---|---|---|---|---|")
        for path in arguments.files:
            print(_row(path, large, toy, arguments.frames, arguments.tower), flush=True)


def _row(path: Path, large: Given, toy: Given, count: int, looked_at: int) -> str:
    whole = _read(path, count, _WHOLE, square=False)
    theirs, ours = large.theirs(whole), _read(path, count, large.side, square=True)
    kept = large.theirs(_read(path, count, large.side, square=False), large.side)
    at_toys = toy.alike(_read(path, count, toy.side, square=True), toy.theirs(whole))
    some = slice(None, None, max(1, len(ours) // looked_at))
    at_large = large.alike(ours[some], theirs[some])
    apart = [f"{np.abs(each.astype(int) - theirs).mean():.2f}" for each in (ours, kept)]
    title = f"{path.name}, {whole.shape[2]} x {whole.shape[1]}"
    return f"| {' | '.join([title, *apart, *_cells([*at_toys, *at_large])])} |"


def _cells(numbers: Sequence[float]) -> Iterator[str]:
    return (f"{number:.4f}" for number in numbers)


def _read(path: Path, count: int, edge: int, *, square: bool) -> Frames:
    """Return `count` frames spread over a video, as a reader gives them."""
    timeline = read_timeline(path)
    window = Window(int(timeline.times_ms[0]), min(timeline.end_ms, 3_600_000))
    (clip,) = open_reader("pyav", timeline, edge, square).clips([window], count)
    return clip.frames


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pixels", description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--tower", type=int, default=2, help="frames for the large tower")
    return parser.parse_args()


if __name__ == "__main__":
    main()
