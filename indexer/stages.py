"""Where an indexing run spends its time: seconds by stage, from whichever thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import perf_counter

DECODING, DESCRIBING, KEEPING = "decoding", "describing", "embedding and keeping"


class Stages:
    """Adds up the seconds that each stage works; stages overlap, so sums may exceed the clock."""

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
            spent = perf_counter() - start
            with self._lock:
                self._seconds[stage] = self._seconds.get(stage, 0.0) + spent

    def seconds(self) -> dict[str, float]:
        """Return the seconds of each stage so far, the longest first."""
        with self._lock:
            return dict(sorted(self._seconds.items(), key=lambda item: -item[1]))
