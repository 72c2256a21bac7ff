"""What is written down: a window's description. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.windows import Window


@dataclass(frozen=True, slots=True)
class Segment:
    """A window put into words: the description, and what is said in it (subtitles).

    Where the words were taken over from a window that shows the same, `same_as_ms` is its start.
    """

    window: Window
    text: str
    transcript: str = ""
    same_as_ms: int | None = None
