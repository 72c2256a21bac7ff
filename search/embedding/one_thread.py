"""Keeps NumPy's products to one thread while a question is answered.

A question's products are small and many: with several threads each waits for all others, and where
something else has a core (the tables are searched at the same time, or videos are indexed) that is
most of the time that an answer takes (docs/serve.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock

from threadpoolctl import ThreadpoolController


class OneThread:
    """Lets products have one thread as long as anybody wants that, in this process."""

    def __init__(self) -> None:
        self._controller = ThreadpoolController().select(user_api="blas")
        self._lock = Lock()
        self._wanted = 0
        self._before: list[int] = []

    @contextmanager
    def wanted(self) -> Iterator[None]:
        """Keep to one thread for a while; several at a time may want that."""
        with self._lock:
            self._wanted += 1
            if self._wanted == 1:
                each = self._controller.lib_controllers
                self._before = [library.get_num_threads() for library in each]
                self._set([1] * len(each))
        try:
            yield
        finally:
            with self._lock:
                self._wanted -= 1
                if not self._wanted:
                    self._set(self._before)

    def _set(self, counts: list[int]) -> None:
        for library, count in zip(self._controller.lib_controllers, counts, strict=True):
            library.set_num_threads(count)


@cache
def one_thread() -> OneThread:
    """Return what there is one of in a process; NumPy must have been imported."""
    import numpy as np

    assert np
    return OneThread()
