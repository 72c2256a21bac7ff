"""Where an indexing run spends its time: seconds by stage, from whichever thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import perf_counter

# One after the other, in the thread that has the model: together they are the run.
LOADING, DESCRIBING = "loading the model", "describing"
NO_FRAMES, NOT_KEPT = "waiting for frames", "waiting for the library"
# Beside that, in threads and processes of their own; with several decoders, longer than the run.
OPENING, DECODING, KEEPING = "opening files", "decoding", "embedding and keeping"

IN_TURN = (LOADING, DESCRIBING, NO_FRAMES, NOT_KEPT)
_BEHIND = {NO_FRAMES: DECODING, NOT_KEPT: KEEPING}


class Stages:
    """Adds up the seconds of each stage."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seconds: dict[str, float] = {}

    @contextmanager
    def at(self, stage: str) -> Iterator[None]:
        """Count what is done meanwhile as work of a stage."""
        start = perf_counter()
        try:
            yield
        finally:
            self.add(stage, perf_counter() - start)

    def add(self, stage: str, seconds: float) -> None:
        """Count seconds as work of a stage."""
        with self._lock:
            self._seconds[stage] = self._seconds.get(stage, 0.0) + seconds

    def seconds(self) -> dict[str, float]:
        """Return the seconds of each stage so far: first those in turn, each kind by length."""
        with self._lock:
            longest = sorted(self._seconds.items(), key=lambda item: -item[1])
        return dict(sorted(longest, key=lambda item: item[0] not in IN_TURN))

    @property
    def bottleneck(self) -> str:
        """What made the run take as long as it did; empty while nothing has been done.

        Decoding ahead costs no time as long as the model never waits for it: what counts is how
        long the model worked, and how long it waited for whom.
        """
        in_turn = [stage for stage in self.seconds() if stage in IN_TURN]
        return _BEHIND.get(in_turn[0], in_turn[0]) if in_turn else ""
