"""What is said, seen, or was answered of one time competes for it: the best of them stays. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Time:
    """A time that is answered, in ms, [start, end): that of the row that leads, and the whole.

    It is answered by what is `said` or seen, or by an answer that was `kept`.
    """

    content: str
    led: tuple[int, int]
    whole: tuple[int, int]
    said: bool = False
    kept: bool = False

    def shows(self, worse: Time) -> bool:
        """Whether a worse answer about the same content is of this time."""
        if self.said != worse.said:
            return _both_ms(self.led, worse.led) > 0
        if not (self.kept or worse.kept):
            return False
        worse_ms = worse.whole[1] - worse.whole[0]
        much_more = self.kept and self.whole[1] - self.whole[0] > 2 * worse_ms
        return 2 * _both_ms(self.whole, worse.whole) >= worse_ms and not much_more


def compete(times: Sequence[Time]) -> list[int]:
    """Return which of some times, best first, remain: no better one stands for them.

    A sentence and the window that leads a stretch are of one time where they overlap. So are an
    answer that was kept and what shows half of the worse of the two, unless the better one is the
    answer and about more than twice as much.
    """
    left: list[int] = []
    taken: dict[str, list[Time]] = {}
    for number, time in enumerate(times):
        others = taken.setdefault(time.content, [])
        if not any(better.shows(time) for better in others):
            others.append(time)
            left.append(number)
    return left


def _both_ms(one: tuple[int, int], other: tuple[int, int]) -> int:
    """Return how much of two times is common to both; less than 0 where there is time between."""
    return min(one[1], other[1]) - max(one[0], other[0])
