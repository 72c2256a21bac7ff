"""How many requests a server is given at a time: found out from how fast it answers. Pure."""

from __future__ import annotations

# Never more: some servers queue without end, and every waiting request holds its frames.
MOST = 32
# One at work, and one on its way there.
_FEWEST = 2
# Twice as many at a time are kept where so much more is answered a second.
_GAIN = 1.15
_FEWEST_SAMPLES = 6
# After so many answers it may be worth another try.
_AGAIN = 400


class InFlight:
    """Doubles the requests at a time as long as that answers more of them a second.

    What a server answers a second with n requests at a time is n by the seconds that one takes
    (Little's law), so pauses of our own do not count against it.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = max(1, most)
        self.limit = min(_FEWEST, self._most)
        self._before = 0.0
        self._samples: list[float] = []
        self._rest = 0

    @property
    def settled(self) -> bool:
        """Whether it is known how many help."""
        return self._rest > 0

    def answered(self, at_a_time: int, seconds: float) -> None:
        """Learn that a request, one of so many when it was sent, took so many seconds."""
        if self._rest:
            self._rest -= 1
            if not self._rest:
                self._before = 0.0
            return
        if at_a_time < self.limit:
            return
        self._samples.append(seconds)
        if len(self._samples) < max(_FEWEST_SAMPLES, 2 * self.limit):
            return
        rate = self.limit * len(self._samples) / max(1e-9, sum(self._samples))
        self._samples.clear()
        if rate < _GAIN * self._before:
            self._settle(self.limit // 2)
        elif self.limit >= self._most:
            self._settle(self.limit)
        else:
            self._before = rate
            self.limit = min(2 * self.limit, self._most)

    def overloaded(self) -> None:
        """Learn that the server asked for fewer requests."""
        self._samples.clear()
        self._settle(self.limit // 2)

    def _settle(self, limit: int) -> None:
        self.limit = max(1, limit)
        self._rest = _AGAIN
