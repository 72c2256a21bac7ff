"""The process that decodes: takes orders on stdin, answers on stdout, dies with its parent."""

from __future__ import annotations

import os
import pickle
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from indexer.decode import Broken, ClipsOrder, Cues, CuesOrder, Done, Order, ProbeOrder, Reply
from indexer.errors import VideoError
from indexer.frames import Clip, open_reader
from indexer.subtitles import cues
from indexer.timeline import Timeline, read_timeline
from indexer.video import video_of
from indexer.windows import Window

_LOOK_FOR_PARENT_S = 2.0


class Decoder:
    """Carries out orders; remembers the last file's timeline."""

    def __init__(self) -> None:
        self._timeline: Timeline | None = None

    def answer(self, order: Order) -> Iterator[Reply]:
        """Yield the replies to one order; the last one is `Done` or `Broken`."""
        try:
            if isinstance(order, ProbeOrder):
                yield video_of(self._read(order.path))
            elif isinstance(order, CuesOrder):
                yield Cues(tuple(cues(order.path)))
            else:
                yield from self._clips(order)
        except VideoError as error:
            yield Broken(str(error))
        except OSError as error:
            yield Broken(f"it cannot be read ({error.strerror or error})")
        else:
            yield Done()

    def _read(self, path: Path) -> Timeline:
        self._timeline = read_timeline(path)
        return self._timeline

    def _clips(self, order: ClipsOrder) -> Iterator[Clip]:
        """Yield clips from the first reader that can; another goes on where one gives up."""
        known = self._timeline is not None and self._timeline.path == order.path
        timeline = self._timeline if known and self._timeline else self._read(order.path)
        left: Sequence[Window] = order.windows
        for name in order.readers:
            try:
                for clip in open_reader(name, timeline, order.edge).clips(left, order.frames):
                    yield clip
                    left = left[1:]
                return
            except VideoError:
                if name == order.readers[-1]:
                    raise


def serve(orders: BinaryIO, replies: BinaryIO) -> None:
    """Answer orders until there are no more."""
    decoder = Decoder()
    while True:
        try:
            order: Order = pickle.load(orders)
        except EOFError:
            return
        for reply in decoder.answer(order):
            pickle.dump(reply, replies, protocol=5)
            replies.flush()


def _die_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_FOR_PARENT_S)
    os._exit(1)


def main() -> None:
    """Serve the parent process over this process's pipes."""
    # Libraries may print to file descriptor 1; the replies go where only we can write.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    threading.Thread(target=_die_with, args=(os.getppid(),), daemon=True).start()
    try:
        serve(sys.stdin.buffer, replies)
    except BrokenPipeError:
        os._exit(1)


if __name__ == "__main__":
    main()
