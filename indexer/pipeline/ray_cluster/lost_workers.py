"""Which files end workers: the second one lost over a file is one too many."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from threading import Lock

_WORKERS_A_FILE = 2


class Losses:
    """Counts the workers of a kind lost over each file in a run; for any number of threads.

    A worker that goes with its node is not lost over a file.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._over: Counter[Path] = Counter()

    def one_too_many(self, path: Path) -> bool:
        """Count a worker lost over a file; return whether the file is to be given up."""
        with self._lock:
            self._over[path] += 1
            return self._over[path] >= _WORKERS_A_FILE
