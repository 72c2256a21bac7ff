"""The process that decodes: takes orders on stdin, answers on stdout, dies with its parent."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from indexer.decoding.messages import (
    Answer,
    Broken,
    ClipsOrder,
    CuesOrder,
    Done,
    Length,
    LengthOrder,
    Order,
    Probed,
    ProbeOrder,
    Reply,
    Still,
    StillOrder,
)
from indexer.errors import VideoError
from indexer.media.clip import Clip
from indexer.media.readers.reader import FrameReader, open_reader
from indexer.media.timeline import Timeline, claimed_length_ms, read_timeline
from indexer.processes import child_process
from indexer.speech.subtitles import subtitles
from indexer.video import video_of
from indexer.windows import Window


class Decoder:
    """Carries out orders; keeps the reader it used last, since opening one may take a while."""

    def __init__(self) -> None:
        self._reader: tuple[tuple[str, Path, int, bool], FrameReader] | None = None

    def answer(self, order: Order) -> Iterator[Reply]:
        """Yield the replies to one order; the last one is `Done` or `Broken`."""
        try:
            if isinstance(order, ProbeOrder):
                self._reader = None  # the file may have changed
                timeline = read_timeline(order.path)
                yield Probed(video_of(timeline), timeline)
            elif isinstance(order, LengthOrder):
                yield Length(claimed_length_ms(order.path))
            elif isinstance(order, CuesOrder):
                yield subtitles(order.path, order.languages)
            elif isinstance(order, StillOrder):
                from indexer.media.thumbnails import still  # only thumbnails need it

                yield Still(still(order.path, order.at_ms, order.edge))
            else:
                yield from self._clips(order)
        except VideoError as error:
            yield Broken(str(error))
        except MemoryError:
            self._reader = None
            yield Broken("there is not enough memory to decode it")
        except OSError as error:
            yield Broken(f"it cannot be read ({error.strerror or error})")
        else:
            yield Done()

    def _clips(self, order: ClipsOrder) -> Iterator[Clip]:
        """Yield clips from the first reader that can; another goes on where one gives up."""
        timeline = order.timeline or read_timeline(order.path)
        left: Sequence[Window] = order.windows
        for name in order.readers:
            try:
                for clip in self._open(name, timeline, order).clips(left, order.frames):
                    yield clip
                    left = left[1:]
                return
            except VideoError:
                self._reader = None
                if name == order.readers[-1]:
                    raise

    def _open(self, name: str, timeline: Timeline, order: ClipsOrder) -> FrameReader:
        """Return the reader called `name` for a file: the last one, if it was that."""
        what = (name, timeline.path, order.edge, order.square)
        if self._reader is None or self._reader[0] != what:
            self._reader = None  # first close the last one
            self._reader = (what, open_reader(name, timeline, order.edge, order.square))
        return self._reader[1]


def timed(replies: Iterator[Reply]) -> Iterator[Answer]:
    """Yield replies with the seconds that each took."""
    start = time.perf_counter()
    for reply in replies:
        yield Answer(reply, time.perf_counter() - start)
        start = time.perf_counter()


def main() -> None:
    """Serve the parent process over this process's pipes."""
    decoder = Decoder()
    child_process.serve(lambda order: timed(decoder.answer(order)))


if __name__ == "__main__":
    main()
