"""Decodes in a process of its own: a decoder that crashes or hangs costs a file, not the run."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Thread
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
from indexer.failures import CRASHED, HANGS
from indexer.media.clip import Clip
from indexer.media.readers.reader import READERS
from indexer.processes import child_process
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
        self._child: _Child | None = None
        self._stopped = False
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
            if self._stopped:
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
                if not readers or self._stopped:
                    raise

    def _carry_out(self, order: Order) -> Iterator[Reply]:
        """Yield the replies to an order; a child left in the middle of one is not used again."""
        if self._stopped:
            raise VideoError("decoding was stopped")
        child = self._child = self._child or _Child()
        whole = False
        try:
            child.send(order)
            while True:
                answer = child.receive(self._patience_s)
                reply = answer.reply
                self.busy_s += answer.seconds
                whole = isinstance(reply, Done | Broken)
                if isinstance(reply, Broken):
                    raise VideoError(reply.error)
                if whole:
                    return
                yield reply
        finally:
            if not whole:
                child.kill()
                self._child = None

    def stop(self) -> None:
        """End the child at once; whoever waits for it gets a VideoError."""
        self._stopped = True
        if (child := self._child) is not None:
            child.kill()

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.kill()
            self._child = None


class _ChildError(VideoError):
    """The decoding process died or hung; another reader may do better."""


class _Child:
    """One decoding process, and the thread that fetches its answers a few ahead."""

    def __init__(self) -> None:
        self._process = child_process.start("indexer.decoding.child")
        self._answers: Queue[Answer | BaseException | None] = Queue(maxsize=CLIPS_AHEAD)
        self._killed = False
        try:
            Thread(target=self._fetch, daemon=True).start()
        except BaseException:  # there is no memory for a thread
            self.kill()
            raise

    def send(self, order: Order) -> None:
        """Give an order; raises VideoError when the process is gone."""
        assert self._process.stdin is not None
        try:
            pickle.dump(order, self._process.stdin)
            self._process.stdin.flush()
        except OSError as error:
            raise _ChildError(CRASHED) from error

    def receive(self, patience_s: float) -> Answer:
        """Return the next answer; raises VideoError when none comes.

        What ended the thread that fetches them, such as a lack of memory, is raised here.
        """
        try:
            answer = self._answers.get(timeout=patience_s)
        except Empty:
            raise _ChildError(f"{HANGS} (no frame in {patience_s:.0f} s)") from None
        if answer is None:
            raise _ChildError(CRASHED)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        self._killed = True
        self._process.kill()
        self._process.wait()

    def _pass_on(self, answer: Answer | BaseException) -> None:
        """Queue an answer, waiting for room while anybody may want it."""
        while not self._killed:
            with suppress(Full):
                self._answers.put(answer, timeout=0.2)
                return

    def _fetch(self) -> None:
        """Move answers from the pipe to the queue; None says that there will be no more."""
        assert self._process.stdout is not None
        while not self._killed:
            try:
                answer = pickle.load(self._process.stdout)
            except (EOFError, OSError, ValueError, pickle.UnpicklingError):
                break
            except BaseException as error:  # raised again in the thread that waits for answers
                self._pass_on(error)
                break
            self._pass_on(answer)
        while True:  # whoever still waits must hear of the end; what is left before it is stale
            with suppress(Full):
                self._answers.put(None, timeout=0.2)
                return
            if self._killed:
                with suppress(Empty):
                    self._answers.get_nowait()
