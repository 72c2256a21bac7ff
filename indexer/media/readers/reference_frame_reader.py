"""Reads h264 without the frames that nobody asked for, where no other frame is built on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from indexer.errors import VideoError
from indexer.frame_sampling import sample_times
from indexer.media.clip import Clip
from indexer.media.opening import ticks_ms
from indexer.media.presentation_times import demux
from indexer.media.readers.pyav_reader import PyAVReader
from indexer.media.timeline import Timeline
from indexer.windows import Window


class SparseReader(PyAVReader):
    """Takes the very frames that PyAVReader takes, at less cost: the decoder skips the rest.

    Each packet says when its frame is shown, so it is known before decoding whether that frame is
    wanted. In h264 a frame on which others are built is marked as such; the decoder is told to
    leave out what is neither wanted nor needed.

    Raises:
        VideoError: the file is of another codec, or not every packet says when it is shown.
    """

    def __init__(self, timeline: Timeline, edge: int, square: bool = False) -> None:
        if timeline.codec != "h264" or not (timeline.exact and timeline.plain):
            raise VideoError("frames of it cannot be left out")
        super().__init__(timeline, edge, square)
        self._wanted: frozenset[int] = frozenset()

    def clips(self, windows: Sequence[Window], frames: int) -> Iterator[Clip]:
        """Yield a clip for each window, in order; see `FrameReader`."""
        times = self._timeline.times_ms
        targets = [moment for window in windows for moment in sample_times(window, frames)]
        shown = np.maximum(0, np.searchsorted(times, targets, side="right") - 1)
        # A time stamp between two ms may be rounded either way.
        wanted = (int(time) for time in times[np.unique(shown)])
        self._wanted = frozenset(near for time in wanted for near in (time - 1, time, time + 1))
        yield from super().clips(windows, frames)

    def _frames(self, container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
        """Yield frames in the order they are shown, those left out that can be."""
        if not stream.codec_context.is_open:
            stream.thread_type = "AUTO"
        base, zero = stream.time_base, self._timeline.zero
        assert base is not None
        for packet in demux(container, stream):
            needed = packet.pts is None or ticks_ms(packet.pts, base, zero) in self._wanted
            stream.codec_context.skip_frame = "DEFAULT" if needed else "NONREF"
            try:
                yield from packet.decode()
            except av.error.FFmpegError:
                continue
