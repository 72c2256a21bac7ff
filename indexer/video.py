"""What a video file is: its identity by content, its size on screen, its stretch of time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.scanning.fingerprint import fingerprint
from indexer.windows import Window, windows_of

if TYPE_CHECKING:
    from indexer.media.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Video:
    """One video: `fingerprint` says which content it is, `path` where it lies.

    Times are ms on the player's clock: `span` reaches from the first frame to the end of the
    last one, `duration_ms` is where the player's seek bar ends. `width` and `height` are as
    displayed (rotation and pixel shape applied), in pixels; 0 where not known (imported). `note`
    says what is odd about the file ("it breaks off at 24.5 s of 39.9 s"), for a person to read.
    `gaps` are stretches in which one picture stands for long: nothing is to be seen there twice.
    `recorded_ms` is when it was recorded by its own account, in ms since 1970 UTC; 0: it says not.
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
    recorded_ms: int = 0
    gaps: tuple[Window, ...] = ()

    def windows(self, length_ms: int, stride_ms: int) -> list[Window]:
        """Return the windows to describe of the span, without those within a gap."""
        tiled = windows_of(self.span, length_ms, stride_ms)
        return [
            window
            for window in tiled
            if not any(
                g.start_ms <= window.start_ms and window.end_ms <= g.end_ms for g in self.gaps
            )
        ]


def video_of(timeline: Timeline) -> Video:
    """Return the video whose packets gave `timeline`; reads the file's fingerprint and status."""
    path = timeline.path
    status = path.stat()
    start_ms = max(0, int(timeline.times_ms[0]))
    return Video(
        path,
        fingerprint(path),
        status.st_size,
        status.st_mtime_ns,
        timeline.duration_ms,
        Window(start_ms, max(timeline.end_ms, start_ms + 1)),
        timeline.width,
        timeline.height,
        timeline.note,
        timeline.recorded_ms,
        timeline.gaps,
    )
