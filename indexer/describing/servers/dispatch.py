"""Shares requests among servers: as many at a time as help, with patience, and one may die."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Generic, TypeVar

from indexer.describing.servers.connection import (
    BusyError,
    Connection,
    RefusedError,
    TroubleError,
    no_answer,
)
from indexer.describing.servers.in_flight import InFlight
from indexer.errors import ModelError

T = TypeVar("T")
# A request of a server: what is asked of it in how many seconds at most.
Task = Callable[[Connection, float], T]
Announce = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long servers are given, in seconds.

    All of them may be silent for `silence_s`; an answer may take `answer_s`, or ten times the
    longest so far but at least `quick_s`; pauses grow from `first_pause_s` to `longest_pause_s`.
    A request that has had no answer `tries` times, while others had theirs, ends the run.
    """

    silence_s: float = 300.0
    answer_s: float = 600.0
    quick_s: float = 60.0
    first_pause_s: float = 0.5
    longest_pause_s: float = 30.0
    tries: int = 5


@dataclass(slots=True)
class Server:
    """A server at work: how many requests it is given, and how long it has been in trouble."""

    connection: Connection
    flight: InFlight = field(default_factory=InFlight)
    failures: int = 0
    failing_since: float = 0.0
    paused_until: float = 0.0
    longest_s: float = 0.0
    trouble: Exception | None = None


@dataclass(frozen=True, slots=True)
class _Outcome(Generic[T]):
    server: Server
    number: int
    at_a_time: int
    took_s: float
    result: tuple[T] | Exception


class Dispatcher:
    """Has tasks done by servers; used by one thread at a time.

    Each request has a thread of its own, which ends by itself: who waits can be interrupted. A
    server that answers nothing is paused and tried with single requests, so that it may come back,
    while the others go on.
    """

    def __init__(
        self,
        connections: Sequence[Connection],
        announce: Announce,
        patience: Patience | None = None,
    ) -> None:
        self.servers = [Server(connection) for connection in connections]
        self._announce = announce
        self._patience = patience or Patience()

    @property
    def at_a_time(self) -> int:
        """How many requests all servers together are given at a time, as far as is known."""
        return sum(server.flight.limit for server in self.servers)

    def run(self, tasks: Sequence[Task[T]]) -> list[T]:
        """Return what the tasks return, in order.

        Raises:
            ModelError: no server answers any more, or one refuses a request.
        """
        waiting = deque(range(len(tasks)))
        tries: Counter[int] = Counter()
        tried_at: dict[int, int] = {}
        running: Counter[int] = Counter()
        results: dict[int, T] = {}
        outcomes: SimpleQueue[_Outcome[T]] = SimpleQueue()
        while len(results) < len(tasks):
            self._hand_out(tasks, waiting, running, outcomes)
            try:
                outcome = outcomes.get(timeout=self._until_next_pause_ends())
            except Empty:
                continue
            running[id(outcome.server)] -= 1
            if isinstance(outcome.result, tuple):
                results[outcome.number] = outcome.result[0]
                self._well(outcome)
                continue
            # Behind the others: it may be this one that the server cannot do.
            waiting.append(outcome.number)
            if tried_at.get(outcome.number, -1) < len(results):
                tries[outcome.number] += isinstance(outcome.result, TroubleError)
            tried_at[outcome.number] = len(results)
            self._unwell(outcome.server, outcome.result)
            if tries[outcome.number] >= self._patience.tries:
                raise no_answer(outcome.server.connection.where, outcome.result)
        return [results[number] for number in range(len(tasks))]

    def _hand_out(
        self,
        tasks: Sequence[Task[T]],
        waiting: deque[int],
        running: Counter[int],
        outcomes: SimpleQueue[_Outcome[T]],
    ) -> None:
        """Give each server as many requests as it may have, those with the most room first."""
        now = monotonic()
        able = [server for server in self.servers if server.paused_until <= now]
        while waiting and able:
            able = [s for s in able if running[id(s)] < self._room(s)]
            if not able:
                return
            server = min(able, key=lambda s: running[id(s)] / s.flight.limit)
            running[id(server)] += 1
            number = waiting.popleft()
            Thread(
                target=self._ask,
                args=(server, number, running[id(server)], tasks[number], outcomes),
                daemon=True,
            ).start()

    @staticmethod
    def _room(server: Server) -> int:
        return 1 if server.failures else server.flight.limit

    def _ask(
        self,
        server: Server,
        number: int,
        at_a_time: int,
        task: Task[T],
        outcomes: SimpleQueue[_Outcome[T]],
    ) -> None:
        start = monotonic()
        result: tuple[T] | Exception
        try:
            result = (task(server.connection, self._limit_s(server)),)
        except Exception as error:  # heard by the thread that waits
            result = error
        outcomes.put(_Outcome(server, number, at_a_time, monotonic() - start, result))

    def _limit_s(self, server: Server) -> float:
        """Return how long a server may take for an answer."""
        patience = self._patience
        if not server.longest_s:
            return patience.answer_s
        return min(patience.answer_s, max(patience.quick_s, 10 * server.longest_s))

    def _until_next_pause_ends(self) -> float:
        """Return how long to wait for an outcome before handing out anew; at most half a second."""
        ahead = [server.paused_until - monotonic() for server in self.servers]
        return min([0.5, *(max(0.01, each) for each in ahead if each > 0)])

    def _well(self, outcome: _Outcome[T]) -> None:
        server = outcome.server
        server.flight.answered(outcome.at_a_time, outcome.took_s)
        server.longest_s = max(server.longest_s, outcome.took_s)
        if server.trouble is not None and isinstance(server.trouble, TroubleError):
            self._announce(f"The server at {server.connection.where.host} answers again.")
        server.failures, server.trouble = 0, None

    def _unwell(self, server: Server, error: Exception) -> None:
        """Pause a server that is in trouble; raise where that has gone on for too long."""
        if isinstance(error, RefusedError):
            raise no_answer(server.connection.where, error) from error
        if not isinstance(error, BusyError | TroubleError):
            raise error
        now = monotonic()
        if now < server.paused_until:
            return  # of several at a time: it is known already
        if not server.failures:
            server.failing_since = now
        server.failures += 1
        patience = self._patience
        pause_s = min(patience.longest_pause_s, patience.first_pause_s * 2 ** (server.failures - 1))
        if isinstance(error, BusyError):
            server.flight.overloaded()
            # A server that asks for a day off is asked again before.
            pause_s = pause_s if error.wait_s is None else min(error.wait_s, patience.silence_s)
        if isinstance(error, TroubleError) and not isinstance(server.trouble, TroubleError):
            others = ": the others go on" if len(self.servers) > 1 else ", waiting for it"
            self._announce(f"The server at {server.connection.where.host}: {error}{others}.")
        server.trouble = error
        server.paused_until = now + pause_s
        if all(self._given_up(each, now) for each in self.servers):
            raise self._gone(server, error)

    def _given_up(self, server: Server, now: float) -> bool:
        silent_s = now - server.failing_since
        return server.failures > 1 and silent_s >= self._patience.silence_s

    def _gone(self, server: Server, error: Exception) -> ModelError:
        if len(self.servers) == 1:
            return ModelError(f"{no_answer(server.connection.where, error)} All is kept.")
        return ModelError(
            f"None of the {len(self.servers)} servers answers any more (the last:"
            f" {server.connection.where.host}, {error}); start one and run again. All is kept."
        )
