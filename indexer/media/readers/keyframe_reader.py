"""Reads keyframes only: a quick first look at a large library, with fewer and staler frames."""

from __future__ import annotations

from collections.abc import Iterator

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from indexer.media.readers.pyav_reader import PyAVReader


class KeyframeReader(PyAVReader):
    """Keeps, for each wanted time, the last keyframe up to it; nothing else is decoded."""

    _missing_ms = 2**40  # a file may well end long after its last keyframe

    def _decoded(
        self, container: InputContainer, stream: VideoStream, start_ms: int
    ) -> Iterator[VideoFrame]:
        stream.codec_context.skip_frame = "NONKEY"
        yield from super()._decoded(container, stream, start_ms)
