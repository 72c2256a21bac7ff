"""How many losses are too many: in a row for the same work, and of workers over a file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from threading import Lock

# A node that is lost costs another try; as many as this for the same work, and it is no accident.
LOSSES_IN_A_ROW = 5
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
