"""Readers that do what decoders do at their worst; the decoding process loads them by name."""

import os
import signal
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


class _Ending(PyAVReader):
    """Ends a process in the middle of files called `ends…`, and writes down beside them how often.

    With a name that begins with `ends-once`, not a second time.
    """

    def __init__(self, timeline: Timeline, edge: int, square: bool = False) -> None:
        super().__init__(timeline, edge, square)
        self._path = timeline.path

    def clips(self, windows: Sequence[Window], frames: int) -> Iterator[Clip]:
        if not self._path.name.startswith("ends"):
            yield from super().clips(windows, frames)
            return
        yield from super().clips(windows[:2], frames)
        ended = self._path.with_suffix(".ended")
        if self._path.name.startswith("ends-once") and ended.exists():
            yield from super().clips(windows[2:], frames)
            return
        with ended.open("a", encoding="ascii") as file:
            file.write("x")
        self._end()

    def _end(self) -> None:
        os._exit(1)


class Ending(_Ending):
    """Ends its own process."""


class EndingTheWorker(_Ending):
    """Ends the process that started its own: on a cluster's node, the worker."""

    def _end(self) -> None:
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(3600)
