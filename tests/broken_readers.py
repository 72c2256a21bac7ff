"""Readers that do what decoders do at their worst; the decoding process loads them by name."""

import os
import time
from collections.abc import Iterator, Sequence

from indexer.errors import VideoError
from indexer.media.clip import Clip
from indexer.media.readers.pyav_reader import PyAVReader
from indexer.media.timeline import Timeline
from indexer.windows import Window


class _Breaking:
    """Reads two windows well, then breaks."""

    def __init__(self, timeline: Timeline, edge: int, square: bool = False) -> None:
        self._reader = PyAVReader(timeline, edge, square)

    def clips(self, windows: Sequence[Window], frames: int) -> Iterator[Clip]:
        yield from self._reader.clips(windows[:2], frames)
        self._break()

    def _break(self) -> None:
        raise NotImplementedError


class Crashing(_Breaking):
    def _break(self) -> None:
        os.abort()


class Hanging(_Breaking):
    def _break(self) -> None:
        time.sleep(3600)


class Failing(_Breaking):
    def _break(self) -> None:
        raise VideoError("it breaks")


class Chatty(PyAVReader):
    """Prints to both outputs, as C libraries do."""

    def clips(self, windows: Sequence[Window], frames: int) -> Iterator[Clip]:
        os.write(1, b"noise")
        os.write(2, b"noise")
        yield from super().clips(windows, frames)
