"""min-length: and max-length:, by how long a video is. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from search.query.filters.filter import Filter, Key, Passes
from search.query.times import length_ms

if TYPE_CHECKING:
    from indexer.video import Video


class LengthFilter:
    """Lengths of videos, both ends included."""

    keys: Mapping[str, Key] = {
        "min-length": Key(
            "TIME", "Videos at least so long: 90s, 1m30s, 2h.", ("length",), several=False
        ),
        "max-length": Key("TIME", "Videos at most so long.", ("length",), several=False),
    }

    def read(self, key: str, text: str) -> int:
        """Return the length in ms."""
        return length_ms(text)

    def passing(self, asked: Mapping[str, Sequence[int]]) -> Passes:
        """Return what compares a video's length."""
        shortest_ms = max(asked["min-length"], default=0)
        longest_ms = min(asked["max-length"], default=None)

        def passes(video: Video) -> bool:
            return shortest_ms <= video.duration_ms and (
                longest_ms is None or video.duration_ms <= longest_ms
            )

        return passes


FILTER: Filter = LengthFilter()
