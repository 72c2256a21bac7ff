"""How much of this machine other programs take while something is measured."""

from __future__ import annotations

from contextlib import suppress
from os import getpid
from time import perf_counter


class OthersShare:
    """Measures from its making on; nothing is told (0) where the system does not say."""

    def __init__(self) -> None:
        self._began = perf_counter()
        self._all_s, self._own_s = _busy_s(), _own_s()

    def __call__(self) -> float:
        """Return the share of all processors' time that others have taken since, from 0 to 1."""
        import psutil

        processors_s = (perf_counter() - self._began) * (psutil.cpu_count() or 1)
        others_s = (_busy_s() - self._all_s) - (_own_s() - self._own_s)
        return min(1.0, max(0.0, others_s / processors_s)) if processors_s > 0 else 0.0


def _busy_s() -> float:
    """Return the seconds that this machine's processors have worked so far."""
    import psutil

    times = psutil.cpu_times()
    # Guests' time is counted as the user's, too.
    return float(sum(getattr(times, name, 0.0) for name in ("user", "nice", "system", "irq")))


def _own_s() -> float:
    """Return the seconds that this process and those it has started have worked so far."""
    import psutil

    own = psutil.Process(getpid())
    spent = 0.0
    for process in (own, *own.children(recursive=True)):
        with suppress(psutil.Error):
            times = process.cpu_times()
            spent += times.user + times.system
    return spent
