"""Bounded work: so much at a time in threads, so much waiting, and no more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

import anyio
import anyio.to_thread

T = TypeVar("T")


class BusyError(Exception):
    """There is more to do than is taken on: come again in a moment."""


class Workers:
    """At most `at_once` things are done at the same time, and at most `waiting` wait for it."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._limiter = anyio.CapacityLimiter(at_once)
        self._most = at_once + waiting
        self._taken = 0

    @asynccontextmanager
    async def a_place(self) -> AsyncIterator[None]:
        """Hold one of the places for a while.

        Raises:
            BusyError: too many wait already.
        """
        borrower = object()  # a reply may be sent by another task than the one that began it
        with self._counted():
            await self._limiter.acquire_on_behalf_of(borrower)
            try:
                yield
            finally:
                self._limiter.release_on_behalf_of(borrower)

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, done in a thread.

        Raises:
            BusyError: too many wait already.
        """
        with self._counted():
            return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        if self._taken >= self._most:
            raise BusyError
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1
