"""What a video file is: its identity by content, its size on screen, its stretch of time."""

from dataclasses import dataclass
from pathlib import Path

from indexer.windows import Window


@dataclass(frozen=True, slots=True)
class Video:
    """One video: `fingerprint` says which content it is, `path` where it lies.

    Times are ms on the player's clock: `span` reaches from the first frame to the end of the
    last one, `duration_ms` is where the player's seek bar ends. `width` and `height` are as
    displayed (rotation and pixel shape applied), in pixels; 0 where not known (imported). `note`
    says what is odd about the file ("truncated at 0:23"), for a person to read.
    """

    path: Path
    fingerprint: str
    size_bytes: int
    mtime_ns: int
    duration_ms: int
    span: Window
    width: int
    height: int
    note: str = ""
