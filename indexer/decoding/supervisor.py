"""Decodes in a process of its own: a decoder that crashes or hangs costs a file, not the run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

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
from indexer.media.readers.reader import READERS
from indexer.processes.supervisor import CrashedError, HangsError, Orders, StoppedError
from indexer.retry_policy import CRASHED, HANGS
from indexer.speech.languages import Languages
from indexer.speech.transcript import Subtitles
from indexer.video import Video
from indexer.windows import Window

if TYPE_CHECKING:
    from indexer.media.timeline import Timeline

CLIPS_AHEAD = 2
PATIENCE_S = 120.0


class DecodeWorker:
    """Probes files and reads their clips in a child process, one file at a time.

    For one thread; only `stop` may be called from another, to end what is going on. A child
    that crashes, or says nothing for `patience_s` seconds, is replaced: the rest of the file is
    then tried with the next reader. `busy_s` is how long the child has worked so far.
    """

    def __init__(
        self, patience_s: float = PATIENCE_S, readers: Sequence[str] = tuple(READERS)
    ) -> None:
        self._patience_s = patience_s
        self._readers = tuple(readers)
        self._orders: Orders[Order, Answer] = Orders(
            "indexer.decoding.child_process", _is_last, CLIPS_AHEAD
        )
        self._path: Path | None = None
        self.timeline: Timeline | None = None
        self.busy_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def probe(self, path: Path) -> Video:
        """Open a file and return what is known of it; where that crashes or hangs, try once more.

        Raises:
            VideoError: it cannot be read as video.
        """
        self.go_on(path, None)
        try:
            (probed,) = self._carry_out(ProbeOrder(path))
        except _ChildError:
            if self._orders.stopped:
                raise
            # Memory may have been short, or a disk asleep: once more, in a new process.
            (probed,) = self._carry_out(ProbeOrder(path))
        assert isinstance(probed, Probed)
        self.timeline = probed.timeline
        return probed.video

    def go_on(self, path: Path, timeline: Timeline | None) -> None:
        """Turn to a file that another worker has probed, and whose timeline that one read."""
        self._path, self.timeline = path, timeline

    def length_ms(self, path: Path) -> int:
        """Return how long a file's header says it is, in ms; 0 where it does not say.

        Raises:
            VideoError: its header cannot be read.
        """
        (length,) = self._carry_out(LengthOrder(path))
        assert isinstance(length, Length)
        return length.length_ms

    def still(self, path: Path, at_ms: int, edge: int) -> NDArray[np.uint8]:
        """Return the picture on screen at `at_ms`, at most `edge` pixels wide or high.

        Raises:
            VideoError: none can be read there.
        """
        (found,) = self._carry_out(StillOrder(path, at_ms, edge))
        assert isinstance(found, Still)
        return found.pixels

    def subtitles(self, languages: Languages) -> Subtitles:
        """Return the subtitles of the file last turned to, in one of its languages."""
        assert self._path is not None, "probe a file first"
        try:
            (found,) = self._carry_out(CuesOrder(self._path, languages))
        except VideoError as error:
            return Subtitles(notes=(f"its subtitles cannot be read ({error})",))
        assert isinstance(found, Subtitles)
        return found

    def clips(
        self, windows: Sequence[Window], frames: int, edge: int, square: bool = False
    ) -> Iterator[Clip]:
        """Yield a clip for each window of the file last turned to, decoded a few ahead.

        Frames are scaled, or squared, in the child: see `frames.FrameSize`.

        Raises:
            VideoError: it cannot be decoded (further) by any reader.
        """
        assert self._path is not None, "probe a file first"
        path, timeline = self._path, self.timeline
        left, readers = tuple(windows), self._readers
        while left:
            order = ClipsOrder(path, timeline, left, frames, edge, square, readers)
            try:
                for reply in self._carry_out(order):
                    if isinstance(reply, Clip):
                        yield reply
                        left = left[1:]
                return
            except _ChildError:
                readers = readers[1:]
                if not readers or self._orders.stopped:
                    raise

    def _carry_out(self, order: Order) -> Iterator[Reply]:
        """Yield the replies to an order but the last, which says that it is carried out."""
        try:
            with closing(self._orders.carry_out(order, self._patience_s)) as answers:
                for answer in answers:
                    self.busy_s += answer.seconds
                    if isinstance(answer.reply, Broken):
                        raise VideoError(answer.reply.error)
                    if not isinstance(answer.reply, Done):
                        yield answer.reply
        except StoppedError:
            raise VideoError("decoding was stopped") from None
        except HangsError:
            raise _ChildError(f"{HANGS} (no frame in {self._patience_s:.0f} s)") from None
        except CrashedError as error:
            raise _ChildError(CRASHED) from error

    def stop(self) -> None:
        """End the child at once; whoever waits for it gets a VideoError."""
        self._orders.stop()

    def close(self) -> None:
        """End the child."""
        self._orders.close()


class _ChildError(VideoError):
    """The decoding process died or hung; another reader may do better."""


def _is_last(answer: Answer) -> bool:
    return isinstance(answer.reply, Done | Broken)
