"""Films that a benchmark makes on the spot, as many of different content as it asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from time import perf_counter

import av
import numpy as np

from indexer.decoding.supervisor import DecodeWorker
from indexer.media.clip import Clip

# What needs no decord.
READERS = ("sparse", "pyav")


@dataclass
class Films:
    """As many 1080p films of different content as are asked for: one is filmed, the rest are it.

    What tells copies apart is a box at the end of the file that players step over.
    """

    folder: Path
    small: bool = False
    _number: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self._first = self.folder / "first.mp4"
        start = perf_counter()
        width, height, seconds = (192, 108, 40) if self.small else (1920, 1080, 120)
        film(self._first, width, height, seconds)
        size_mb = self._first.stat().st_size / 1e6
        took = perf_counter() - start
        print(f"{seconds} s of {width} x {height} h264 made in {took:.0f} s ({size_mb:.0f} MB)")

    def paths(self) -> Iterator[Path]:
        """Yield films for as long as they are asked for."""
        content = self._first.read_bytes()
        while True:
            number = next(self._number)
            path = self.folder / f"{number}.mp4"
            path.write_bytes(
                content + (16).to_bytes(4, "big") + b"free" + number.to_bytes(8, "big")
            )
            yield path
            (self.folder / f"{number - 64}.mp4").unlink(missing_ok=True)

    def clips(self, number: int, frames: int, side: int) -> list[Clip]:
        """Return so many clips, squared; those of the film again where it has fewer."""
        with DecodeWorker(readers=READERS) as worker:
            video = worker.probe(self._first)
            windows = video.windows(10_000, 10_000)
            clips = list(worker.clips(windows[:number], frames, side, True))
        return list(islice(clips * number, number))


def film(path: Path, width: int, height: int, seconds: int) -> None:
    """Film a camera that pans over a picture of blots with some grain; a keyframe every 10 s."""
    rng = np.random.default_rng(0)
    blots = rng.integers(0, 256, (2 * height // 36 + 2, 2 * width // 36 + 2, 3), np.uint8)
    ground = blots.repeat(36, 0).repeat(36, 1).astype(np.int16)
    ground += rng.integers(-12, 13, ground.shape, np.int16)
    picture = ground.clip(0, 255).astype(np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": "23", "preset": "veryfast", "g": "250"}
        for number in range(25 * seconds):
            turn = number / 25 / 20 * 2 * np.pi
            left = round((1 + np.cos(turn)) / 2 * (width - 1))
            top = round((1 + np.sin(turn)) / 2 * (height - 1))
            seen = np.ascontiguousarray(picture[top : top + height, left : left + width])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(seen, format="rgb24")))
        container.mux(stream.encode())
