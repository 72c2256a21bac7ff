"""Describes on several devices at a time: one process each, which share every batch."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from math import ceil
from threading import Thread

from indexer.describing.describer import Checkpoint, DescriberOptions
from indexer.errors import ModelError
from indexer.media.clip import Clip
from indexer.processes import child_process

# Pieces of a batch for each device: one at work, one on its way there.
_PIECES = 2


@dataclass(frozen=True, slots=True)
class Setup:
    """What a describing process is to load."""

    options: DescriberOptions
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Ready:
    """It is loaded; what its describer wants."""

    edge: int
    square: bool
    batch_size: int


@dataclass(frozen=True, slots=True)
class Words:
    """A piece's descriptions, in order."""

    texts: list[str]


@dataclass(frozen=True, slots=True)
class Sorry:
    """It cannot go on: a sentence for the user (`told`), or else a traceback."""

    error: str
    told: bool


class Several:
    """A describer that is one on each of several devices; the words are the same as from one.

    Processes, because Python launches a GPU's work step by step, and threads would take turns at
    that. What ends one of them ends all.
    """

    def __init__(
        self, options: DescriberOptions, checkpoint: Checkpoint, devices: Sequence[str]
    ) -> None:
        self._children = [_Child(device) for device in devices]
        self._errors: list[Exception] = []
        try:
            for child in self._children:
                child.send(Setup(replace(options, device=child.device), checkpoint))
            ready = [child.ready() for child in self._children]
        except BaseException:
            self.close()
            raise
        self.edge, self.square = ready[0].edge, ready[0].square
        self._piece = min(each.batch_size for each in ready)
        self.batch_size = _PIECES * self._piece * len(ready)

    def describe(self, clips: Sequence[Clip]) -> list[str]:
        """Return one description per clip, in order; each device takes pieces as it can."""
        size = min(self._piece, max(1, ceil(len(clips) / _PIECES / len(self._children))))
        pieces = deque(clips[start : start + size] for start in range(0, len(clips), size))
        numbered = deque(enumerate(pieces))
        words: dict[int, list[str]] = {}
        threads = [
            Thread(target=self._work, args=(child, numbered, words), daemon=True)
            for child in self._children
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._errors:
            raise self._errors[0]
        return [text for number in range(len(pieces)) for text in words[number]]

    def _work(
        self,
        child: _Child,
        pieces: deque[tuple[int, Sequence[Clip]]],
        words: dict[int, list[str]],
    ) -> None:
        """Have a child describe pieces until there are none; when it cannot go on, end all."""
        sent: deque[int] = deque()
        try:
            while True:
                with suppress(IndexError):  # another thread took the last
                    while len(sent) < _PIECES:
                        number, piece = pieces.popleft()
                        child.send(list(piece))
                        sent.append(number)
                if not sent:
                    return
                words[sent.popleft()] = child.words()
        except Exception as error:  # raised again in `describe`
            self._errors.append(error)  # the first is the cause, the others follow from `close`
            self.close()

    def close(self) -> None:
        """End the processes, whatever they are doing."""
        for child in self._children:
            child.kill()


class _Child:
    """One describing process; it ends when this end of its pipe does."""

    def __init__(self, device: str) -> None:
        self.device = device
        self._process = child_process.start("indexer.describing.multi_device_child")

    def send(self, message: Setup | list[Clip]) -> None:
        """Hand over a message; waits while the process has one waiting."""
        assert self._process.stdin is not None
        with suppress(OSError, ValueError):  # it has ended: its last words will say why
            pickle.dump(message, self._process.stdin, protocol=5)
            self._process.stdin.flush()

    def ready(self) -> Ready:
        """Wait until it has loaded its model."""
        reply = self._receive()
        assert isinstance(reply, Ready)
        return reply

    def words(self) -> list[str]:
        """Wait for the words of the piece that was sent first."""
        reply = self._receive()
        assert isinstance(reply, Words)
        return reply.texts

    def kill(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()

    def _receive(self) -> Ready | Words:
        assert self._process.stdout is not None
        try:
            reply: Ready | Words | Sorry = pickle.load(self._process.stdout)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            raise self._died() from None
        if isinstance(reply, Sorry):
            raise ModelError(reply.error) if reply.told else RuntimeError(reply.error)
        return reply

    def _died(self) -> ModelError:
        return ModelError(
            f"The process that describes on {self.device} ended (its memory may not have"
            " sufficed): run the command again to go on, or leave that --device out."
        )
