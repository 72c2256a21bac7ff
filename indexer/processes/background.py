"""Runs what takes long beside the thread that waits for it, so that Ctrl-C need not wait too."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


class Aside:
    """One thread that does one thing after another; who waits for it can be interrupted.

    A model deep in a library hears of no signal until the library returns. Interrupted, the
    waiting thread goes on at once and the work is left to itself: the thread ends with the process
    (`cli.main` sees to that) or when its work is done.
    """

    def __init__(self) -> None:
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = Thread(target=self._go, daemon=True)
        self._thread.start()

    def do(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, or raise what it raises."""
        outcome: SimpleQueue[tuple[T] | BaseException] = SimpleQueue()

        def carry_out() -> None:
            try:
                outcome.put((work(),))
            except BaseException as error:  # raised again in the waiting thread
                outcome.put(error)

        self._work.put(carry_out)
        while True:
            with suppress(Empty):  # a time limit, so that Ctrl-C is heard on every system
                result = outcome.get(timeout=0.5)
                if isinstance(result, BaseException):
                    raise result
                return result[0]

    def close(self) -> None:
        """Let the thread end after what it is doing."""
        self._work.put(None)

    def _go(self) -> None:
        while (work := self._work.get()) is not None:
            work()
