"""What is said, and in which window; pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from indexer.windows import Window


@dataclass(frozen=True, order=True, slots=True)
class Cue:
    """Words shown from `start_ms` to `end_ms`, on the player's clock; plain text on one line."""

    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class Subtitles:
    """A video's subtitles by time, and a sentence for each file of them that cannot be read."""

    cues: tuple[Cue, ...] = ()
    notes: tuple[str, ...] = ()


def transcript(said: Iterable[Cue], window: Window) -> str:
    """Return the words that overlap a window, each line once, in order."""
    lines = [c.text for c in said if c.start_ms < window.end_ms and window.start_ms < c.end_ms]
    return " ".join(dict.fromkeys(lines))
