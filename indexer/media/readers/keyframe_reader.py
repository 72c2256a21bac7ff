"""Reads keyframes only: a quick first look at a large library, with fewer and staler frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import av.error
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from indexer.frame_sampling import sample_times
from indexer.media.clip import Clip
from indexer.media.opening import opened
from indexer.media.presentation_times import Presentation
from indexer.media.readers.pyav_reader import PyAVReader
from indexer.media.timeline import frame_ms
from indexer.windows import Window


class KeyframeReader(PyAVReader):
    """Keeps, for each wanted time, the last keyframe up to it; nothing else is decoded.

    Windows that begin before the first keyframe is shown (of a clip cut out inside a group of
    pictures) are read as by PyAVReader.
    """

    _missing_ms = 2**40  # a file may well end long after its last keyframe

    def clips(self, windows: Sequence[Window], frames: int) -> Iterator[Clip]:
        """Yield a clip for each window, in order; see `FrameReader`."""
        first_ms = self._first_ms()
        firsts_ms = [sample_times(window, frames)[0] for window in windows]
        late = [first_ms is not None and at_ms >= first_ms for at_ms in firsts_ms]
        early = late.index(True) if True in late else len(windows)
        yield from PyAVReader(self._timeline, self._edge).clips(windows[:early], frames)
        yield from super().clips(windows[early:], frames)

    def _first_ms(self) -> int | None:
        """Return when the first keyframe is shown; None: none is."""
        with opened(self._timeline.path) as container:
            stream = container.streams[self._timeline.stream]
            assert isinstance(stream, VideoStream)
            for frame in self._frames(container, stream):
                return frame_ms(frame, self._timeline)
        return None

    def _frames(self, container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
        """Yield the keyframes from where the container stands.

        Each is decoded by itself. Told to leave out the rest, FFmpeg's h264 decoder gives the
        keyframes of open groups of pictures in a wrong order, and not all.
        """
        context = stream.codec_context
        if not context.is_open:
            context.thread_type = "SLICE"
        presentation = Presentation(container, stream)
        for packet in presentation.packets():
            if not (packet.size and packet.is_keyframe):
                continue
            try:
                found = [*context.decode(packet), *context.decode(None)]
            except av.error.FFmpegError:
                found = []
            context.flush_buffers()
            for frame in found[:1]:
                frame.pts, frame.time_base = presentation.due(packet), stream.time_base
                yield frame
