"""The numbers of frames as their bars tell them."""

from collections.abc import Iterator

import numpy as np

from indexer.media.clip import Clip
from tests.media import read_barcode

LUMA = np.array([0.299, 0.587, 0.114])


def frames_of(clips: Iterator[Clip]) -> list[list[int]]:
    return [[read_barcode((f @ LUMA).astype(np.uint8))[0] for f in clip.frames] for clip in clips]
