"""Orders that a process of our own carries out: the end of the pipe of whoever gives them.

What crashes or hangs in there costs the order, not this process. The other end is
`child_process.serve`.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Generator
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Thread
from typing import Any, Generic, TypeVar

from indexer.processes import child_process

OrderT = TypeVar("OrderT")
AnswerT = TypeVar("AnswerT")

# How often a thread that waits for room sees whether anybody still wants what it has.
_LOOK_AGAIN_S = 0.2


class ChildError(Exception):
    """The process did not carry the order out."""


class CrashedError(ChildError):
    """It has ended."""


class HangsError(ChildError):
    """It has said nothing for as long as one would wait."""


class StoppedError(ChildError):
    """It was stopped before the order was given."""


class Orders(Generic[OrderT, AnswerT]):
    """Has a process carry out orders, one at a time, and starts another where that one died.

    `module` is what the process runs, and `is_last` tells the last answer to an order. The
    process is started with the first order; of its answers so many are fetched `ahead` of
    whoever takes them, 0: as many as there are. For one thread; only `stop` may be called from
    another, to end what is going on.
    """

    def __init__(self, module: str, is_last: Callable[[AnswerT], bool], ahead: int = 0) -> None:
        self._module = module
        self._is_last = is_last
        self._ahead = ahead
        self.child: Child | None = None
        self.stopped = False

    def carry_out(self, order: OrderT, patience_s: float) -> Generator[AnswerT, None, None]:
        """Yield the answers to an order, waiting for each up to `patience_s` seconds.

        A process that is left before its last answer, or breaks off, is ended.

        Raises:
            ChildError: it crashed, hangs, or was stopped.
        """
        if self.stopped:
            raise StoppedError
        child = self.child = self.child or Child(self._module, self._ahead)
        whole = False
        try:
            if self.stopped:  # while it was started: nobody else has ended it
                raise StoppedError
            child.send(order)
            while not whole:
                answer: AnswerT = child.receive(patience_s)
                whole = self._is_last(answer)
                yield answer
        finally:
            if not whole:
                child.kill()
                if self.child is child:
                    self.child = None

    def stop(self) -> None:
        """End the process at once and for good; whoever waits for it gets a ChildError."""
        self.stopped = True
        if (child := self.child) is not None:
            child.kill()

    def close(self) -> None:
        """End the process; a further order starts another."""
        if self.child is not None:
            self.child.kill()
            self.child = None


class Child:
    """One process, and the thread that fetches its answers, at most `ahead` of them (0: all)."""

    def __init__(self, module: str, ahead: int = 0) -> None:
        self.process = child_process.start(module)
        self._answers: Queue[tuple[Any] | BaseException | None] = Queue(maxsize=ahead)
        self._killed = False
        try:
            Thread(target=self._fetch, daemon=True).start()
        except BaseException:  # there is no memory for a thread
            self.kill()
            raise

    def send(self, order: object) -> None:
        """Give an order; raises CrashedError when the process is gone."""
        assert self.process.stdin is not None
        try:
            pickle.dump(order, self.process.stdin)
            self.process.stdin.flush()
        except OSError as error:
            raise CrashedError from error

    def receive(self, patience_s: float) -> Any:
        """Return the next answer; raises CrashedError or HangsError when none comes.

        What ended the thread that fetches them, such as a lack of memory, is raised here.
        """
        try:
            answer = self._answers.get(timeout=patience_s)
        except Empty:
            raise HangsError from None
        if answer is None:
            raise CrashedError
        if isinstance(answer, BaseException):
            raise answer
        return answer[0]

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        self._killed = True
        self.process.kill()
        self.process.wait()

    def _pass_on(self, answer: tuple[Any] | BaseException) -> None:
        """Queue an answer, waiting for room while anybody may want it."""
        while not self._killed:
            with suppress(Full):
                self._answers.put(answer, timeout=_LOOK_AGAIN_S)
                return

    def _fetch(self) -> None:
        """Move answers from the pipe to the queue; None says that there will be no more."""
        assert self.process.stdout is not None
        while not self._killed:
            try:
                answer = pickle.load(self.process.stdout)
            except (EOFError, OSError, ValueError, pickle.UnpicklingError):
                break
            except BaseException as error:  # raised again in the thread that waits for answers
                self._pass_on(error)
                break
            self._pass_on((answer,))
        while True:  # whoever still waits must hear of the end; what is left before it is stale
            with suppress(Full):
                self._answers.put(None, timeout=_LOOK_AGAIN_S)
                return
            if self._killed:
                with suppress(Empty):
                    self._answers.get_nowait()
