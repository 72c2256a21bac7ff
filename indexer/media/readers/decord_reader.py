"""Reads frames with decord, where its own count and clock agree with the file's packets."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from indexer.errors import VideoError
from indexer.frame_sampling import sample_times
from indexer.media.clip import Clip
from indexer.media.readers.reader import scaled_size
from indexer.media.timeline import Timeline
from indexer.scanning.remote_path import RemotePath
from indexer.windows import Window

_THREADS = 2
_AGREE_MS = 60.0
# Where decord finds the frame it is asked for; after a seek in HEVC (whose groups of pictures are
# mostly open), MPEG-2 or a transport stream it gave others (measured with barcode videos).
_CODECS = {"h264", "vp8", "libvpx", "vp9", "libvpx-vp9", "av1", "libdav1d", "mpeg4", "mjpeg"}
_STREAMS = {"mpegts", "mpeg"}


def _load() -> Any:
    """Import decord without the CUDA libraries, if any, that came with torch.

    It would load all of them, 650 MB and a second in each decoding process, for decoding on a
    GPU: here the CPU decodes.
    """
    hidden = sys.modules.get("nvidia")
    sys.modules["nvidia"] = None  # type: ignore[assignment]  # the documented way to hide one
    try:
        import decord
    finally:
        del sys.modules["nvidia"]
        if hidden is not None:
            sys.modules["nvidia"] = hidden
    decord.logging.set_level(decord.logging.QUIET)
    return decord


decord = _load()


class DecordReader:
    """Takes frames by number; the timeline says which number is on screen when.

    Raises:
        VideoError: decord cannot open the file, or its count or times of frames are not the
            file's own (it labels hidden frames as frames, and starts every clock at zero).
    """

    def __init__(self, timeline: Timeline, edge: int, square: bool = False) -> None:
        if isinstance(timeline.path, RemotePath):
            raise VideoError("decord reads files of this machine")
        straight = timeline.exact and timeline.plain and timeline.codec in _CODECS
        streamed = timeline.container in _STREAMS
        if timeline.rotation or not straight or streamed or timeline.several_tracks:
            raise VideoError("decord would read it wrong")
        width, height = scaled_size(timeline.width, timeline.height, edge, square)
        self._timeline = timeline
        try:
            self._video = decord.VideoReader(
                str(timeline.path), width=width, height=height, num_threads=_THREADS
            )
        except (decord.DECORDError, RuntimeError, UnicodeEncodeError) as error:
            raise VideoError("decord cannot open it") from error
        self._check()

    def _check(self) -> None:
        times = self._timeline.times_ms
        if len(self._video) != len(times) or not bool((np.diff(times) > 0).all()):
            raise VideoError("decord counts other frames than the file has")
        stamps = self._video.get_frame_timestamp(range(len(times)))[:, 0] * 1000
        expected = times - times[0]
        if not np.isfinite(stamps).all() or np.abs(stamps - stamps[0] - expected).max() > _AGREE_MS:
            raise VideoError("decord gives its frames other times than the file does")

    def clips(self, windows: Sequence[Window], frames: int) -> Iterator[Clip]:
        """Yield a clip for each window, in order; see `FrameReader`."""
        timeline = self._timeline
        for window in windows:
            targets = np.array(sample_times(window, frames))
            shown = np.searchsorted(timeline.times_ms, targets, side="right") - 1
            numbers = np.unique(np.maximum(shown, 0))
            try:
                pictures = self._video.get_batch(numbers).asnumpy()
            except (decord.DECORDError, RuntimeError, IndexError) as error:
                raise VideoError(f"decord stops at {window.start_ms / 1000:.1f} s") from error
            yield Clip(window, tuple(int(timeline.times_ms[n]) for n in numbers), pictures)
