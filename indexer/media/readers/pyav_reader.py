"""Reads frames with PyAV: what decord cannot open or gets wrong."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from indexer.errors import VideoError
from indexer.frame_sampling import sample_times
from indexer.media.clip import Clip
from indexer.media.frame_conversion import SHRINKING, SQUARING, picture
from indexer.media.opening import decoded, decoded_from, opened
from indexer.media.readers.reader import scaled_size
from indexer.media.timeline import Timeline, frame_ms
from indexer.windows import Window

# A gap this long between two wanted windows is stepped over by seeking, where that is exact.
_WORTH_SEEKING_MS = 20_000
# Frames may be missing this long before the end of a file without it counting as damage.
_MISSING_MS = 2_000


@dataclass(slots=True)
class _Gathering:
    """A window, the times of it still to come, and the pictures found so far."""

    window: Window
    targets: deque[int]
    pictures: dict[int, NDArray[np.uint8]] = field(default_factory=dict)

    def clip(self) -> Clip:
        times = tuple(sorted(self.pictures))
        return Clip(self.window, times, np.stack([self.pictures[time] for time in times]))


class PyAVReader:
    """Decodes front to back and keeps the frame on screen at each wanted time."""

    _missing_ms = _MISSING_MS

    def __init__(self, timeline: Timeline, edge: int, square: bool = False) -> None:
        self._timeline = timeline
        self._edge, self._square = edge, square

    def clips(self, windows: Sequence[Window], frames: int) -> Iterator[Clip]:
        """Yield a clip for each window, in order; see `FrameReader`."""
        for group in self._groups(windows):
            yield from self._group(group, frames)

    def _groups(self, windows: Sequence[Window]) -> Iterator[list[Window]]:
        """Split windows where a gap is worth seeking over."""
        seekable = self._timeline.seekable
        group = list(windows[:1])
        for before, window in pairwise(windows):
            if seekable and window.start_ms - before.end_ms > _WORTH_SEEKING_MS:
                yield group
                group = []
            group.append(window)
        if group:
            yield group

    def _group(self, windows: Sequence[Window], frames: int) -> Iterator[Clip]:
        pending = deque(_Gathering(w, deque(sample_times(w, frames))) for w in windows)
        shown_until = 0
        for time_ms, until_ms, frame in self._shown(windows[0].start_ms):
            seen: NDArray[np.uint8] | None = None
            for gathering in pending:
                if gathering.window.start_ms >= until_ms:
                    break
                while gathering.targets and gathering.targets[0] < until_ms:
                    gathering.targets.popleft()
                    seen = self._picture(frame) if seen is None else seen
                    gathering.pictures[time_ms] = seen
            while pending and not pending[0].targets:
                yield pending.popleft().clip()
            if not pending:
                return
            shown_until = until_ms
        for gathering in pending:
            if not gathering.pictures:
                raise VideoError(f"it is damaged from {shown_until / 1000:.1f} s on")
            yield gathering.clip()

    def _shown(self, start_ms: int) -> Iterator[tuple[int, int, VideoFrame]]:
        """Yield (shown from, shown until, frame) from `start_ms` or before to the end."""
        with self._opened() as container:
            stream = container.streams[self._timeline.stream]
            assert isinstance(stream, VideoStream)
            current: tuple[int, VideoFrame] | None = None
            for frame in self._decoded(container, stream, start_ms):
                time_ms = frame_ms(frame, self._timeline)
                if time_ms is None or (current is not None and time_ms <= current[0]):
                    continue
                if current is not None:
                    yield current[0], time_ms, current[1]
                current = (time_ms, frame)
            if current is not None:
                whole = current[0] + self._missing_ms >= int(self._timeline.times_ms[-1])
                end_ms = self._timeline.end_ms if whole else current[0] + 1
                yield current[0], max(end_ms, current[0] + 1), current[1]

    def _opened(self) -> AbstractContextManager[InputContainer]:
        return opened(self._timeline.path)

    def _decoded(
        self, container: InputContainer, stream: VideoStream, start_ms: int
    ) -> Iterator[VideoFrame]:
        """Yield frames from the start, or from the keyframe before `start_ms` if that is far."""
        timeline = self._timeline
        far = start_ms - int(timeline.times_ms[0]) > _WORTH_SEEKING_MS
        if far and timeline.seekable:
            yield from decoded_from(container, stream, start_ms, timeline.zero, self._frames)
        else:
            yield from self._frames(container, stream)

    def _frames(self, container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
        """Yield the frames from where the container stands, in the order they are shown."""
        return decoded(container, stream)

    def _picture(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """Return a frame as RGB, scaled, in the shape in which it is displayed or square."""
        timeline = self._timeline
        width, height = scaled_size(timeline.width, timeline.height, self._edge, self._square)
        if timeline.rotation % 180:
            width, height = height, width
        filter_ = SQUARING if self._square else SHRINKING
        return picture(frame, width, height, timeline.rotation, filter_)
