"""Which frames of a rendered video a reader gives."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.errors import VideoError
from indexer.media.clip import Clip
from indexer.media.readers.reader import open_reader
from indexer.media.timeline import read_timeline
from indexer.windows import Window
from tests.media import WIDTH, read_barcode


def luma(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return (picture @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)


def frames_of(clip: Clip) -> list[int]:
    return [read_barcode(luma(frame))[0] for frame in clip.frames]


def frames_of_each(clips: Iterable[Clip]) -> list[list[int]]:
    return [frames_of(clip) for clip in clips]


def read(path: Path, reader: str, windows: list[Window], frames: int = 4) -> list[Clip]:
    return list(open_reader(reader, read_timeline(path), WIDTH).clips(windows, frames))


def usable(path: Path, reader: str) -> bool:
    try:
        open_reader(reader, read_timeline(path), WIDTH)
    except VideoError:
        return False
    return True


def odd_sized(width: int, height: int) -> Callable[[int, int], NDArray[np.uint8]]:
    return lambda frame, file: np.full((height, width, 3), 200, np.uint8)
