"""Where a question is asked: a video, or a moment or stretch of one; read from VIDEO@TIME-TIME."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from indexer.errors import RequestError
from indexer.video import Video
from indexer.windows import Window
from search.query.times import length_ms

# A moment without an end is looked at from this long before it to this long after it.
_AROUND_MS = 3_000


@dataclass(frozen=True, slots=True)
class VideoReference:
    """A video, and where in it in ms; without `start_ms` all of it, without `end_ms` a moment."""

    path: Path
    start_ms: int | None = None
    end_ms: int | None = None

    def within(self, video: Video) -> Window:
        """Return the stretch that is meant.

        Raises:
            RequestError: it lies outside the video.
        """
        if self.start_ms is None:
            return video.span
        last_ms = video.span.end_ms
        if self.start_ms >= last_ms:
            raise RequestError(
                f"{self.path.name} ends at {last_ms / 1000:g} s: ask about a time before that."
            )
        start_ms, end_ms = self.start_ms, self.end_ms
        if end_ms is None:
            start_ms, end_ms = start_ms - _AROUND_MS, start_ms + _AROUND_MS
        start_ms = max(start_ms, video.span.start_ms)
        return Window(start_ms, max(start_ms + 1, min(end_ms, last_ms)))


def read_reference(text: str) -> VideoReference:
    """Read VIDEO, VIDEO@TIME or VIDEO@TIME-TIME; a file that has such a name is that file.

    Raises:
        RequestError: a time makes no sense, or the stretch ends before it begins.

    >>> place = read_reference("rex.mp4@1:30-1:42")
    >>> place.path.name, place.start_ms, place.end_ms
    ('rex.mp4', 90000, 102000)
    """
    path, at, times = text.rpartition("@")
    if not (path and at) or Path(text).exists():
        return VideoReference(Path(text))
    first, dash, last = times.partition("-")
    try:
        start_ms = length_ms(first)
        end_ms = length_ms(last) if dash else None
    except RequestError:
        raise RequestError(
            f"{times!r} is no time in a video: write VIDEO@1:30 or VIDEO@1:30-1:42."
        ) from None
    if end_ms is not None and end_ms <= start_ms:
        raise RequestError(f"{times} ends before it begins: write VIDEO@1:30-1:42.")
    return VideoReference(Path(path), start_ms, end_ms)
