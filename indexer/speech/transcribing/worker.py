"""Listens in a process of its own: a crash or a hang there costs a file's words, not the run."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from indexer.errors import ModelError, VideoError
from indexer.processes import child_process
from indexer.speech.languages import ANY, Languages
from indexer.speech.transcribing.messages import (
    Broken,
    Done,
    Listening,
    ListenOrder,
    MeetOrder,
    Met,
    Order,
    Piece,
    Reply,
    Subtitles,
    SubtitlesOrder,
    Unusable,
)
from indexer.speech.transcript import Cue

# A large model on a small processor takes this long for a few minutes of voice.
PATIENCE_S = 1_800.0
# What only reads a file's header or its subtitles says something sooner.
_READING_S = 300.0


class SpeechWorker:
    """Gives orders to a listening process, one at a time, and starts another where it dies.

    For one thread; only `stop` may be called from another, to end what is going on.
    """

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._child: _Child | None = None
        self._stopped = False

    def meet(self, path: Path, track: str) -> Met:
        """Return what a file's header says; raises VideoError."""
        (met,) = self._carry_out(MeetOrder(path, track), min(_READING_S, self._patience_s))
        assert isinstance(met, Met)
        return met

    def subtitles(self, path: Path, languages: Languages = ANY) -> list[Cue]:
        """Return a file's subtitles in one of some languages; none where they cannot be read."""
        try:
            order = SubtitlesOrder(path, languages)
            (found,) = self._carry_out(order, min(_READING_S, self._patience_s))
        except VideoError:
            return []
        assert isinstance(found, Subtitles)
        return list(found.cues)

    def listen(self, order: ListenOrder) -> Iterator[Piece]:
        """Yield what is said, piece by piece.

        Raises:
            VideoError: the sound cannot be listened to (further).
            ModelError: the model cannot be used.
        """
        for reply in self._carry_out(order, self._patience_s):
            if isinstance(reply, Piece):
                yield reply

    def _carry_out(self, order: Order, patience_s: float) -> Iterator[Reply]:
        """Yield the replies to an order; a child left in the middle of one is not used again."""
        if self._stopped:
            raise VideoError("listening was stopped")
        child = self._child = self._child or _Child()
        whole = False
        try:
            child.send(order)
            while True:
                reply = child.receive(patience_s)
                whole = isinstance(reply, Done | Broken | Unusable)
                if isinstance(reply, Unusable):
                    raise ModelError(reply.error)
                if isinstance(reply, Broken):
                    raise VideoError(reply.error)
                if whole:
                    return
                if not isinstance(reply, Listening):
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


class _Child:
    """One listening process, and the thread that fetches its answers."""

    def __init__(self) -> None:
        self._process = child_process.start("indexer.speech.transcribing.child")
        self._answers: SimpleQueue[Reply | None] = SimpleQueue()
        Thread(target=self._fetch, daemon=True).start()

    def send(self, order: Order) -> None:
        assert self._process.stdin is not None
        try:
            pickle.dump(order, self._process.stdin)
            self._process.stdin.flush()
        except OSError as error:
            raise VideoError("the process that listens to it crashed") from error

    def receive(self, patience_s: float) -> Reply:
        try:
            reply = self._answers.get(timeout=patience_s)
        except Empty:
            raise VideoError(
                f"the process that listens to it hangs (no answer in {patience_s:.0f} s)"
            ) from None
        if reply is None:
            raise VideoError("the process that listens to it crashed")
        return reply

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()

    def _fetch(self) -> None:
        """Move answers from the pipe to the queue; None says that there will be no more."""
        assert self._process.stdout is not None
        with suppress(EOFError, OSError, ValueError, pickle.UnpicklingError):
            while True:
                self._answers.put(pickle.load(self._process.stdout))
        self._answers.put(None)
