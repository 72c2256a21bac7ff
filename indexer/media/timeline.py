"""When each frame of a file is shown: read from its packets, put on the player's clock."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from indexer.errors import VideoError
from indexer.media.frame_conversion import is_plain, turned
from indexer.media.opening import decoded, opened, player_zero, shown_stream, ticks_ms
from indexer.media.presentation_times import Presentation, Stamps
from indexer.media.recording_date import recorded_ms
from indexer.windows import Window

_SEEKABLE = {"mov", "mp4", "matroska", "webm"}
_LARGEST_SIDE = 16_384
_LONGEST_FRAME_MS = 10_000
# A picture that stands is described for this long.
_WORTH_SEEING_MS = 600_000
# Longer than this, a video's time stamps are not believed where they leap.
_LONGEST_VIDEO_MS = 200 * 3_600_000
_LONGEST_PAUSE_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Timeline:
    """A file's video track: when its frames are shown, and how large.

    `times_ms` is int64, rising, one entry per frame, in ms on the player's clock; the last
    frame ends at `end_ms` and the seek bar at `duration_ms`. `width` and `height` are as
    displayed, `rotation` (degrees clockwise: 0, 90, 180 or 270) is still to be applied.
    `zero` is the player's zero in seconds of the file's own time stamps. `exact` says that
    every packet had a time of its own, as frame counting needs; `several_tracks` that there
    are other video tracks to be mistaken for this one; `plain` that its frames are neither HDR
    nor interlaced. `recorded_ms` is when it was recorded, by
    its own account, in ms since 1970 UTC, or 0. In `gaps` the picture has stood for long.
    """

    path: Path
    stream: int
    container: str
    codec: str
    times_ms: NDArray[np.int64]
    end_ms: int
    duration_ms: int
    width: int
    height: int
    rotation: int
    zero: Fraction
    exact: bool
    several_tracks: bool
    plain: bool
    note: str
    recorded_ms: int
    gaps: tuple[Window, ...]

    @property
    def seekable(self) -> bool:
        """Whether this kind of container lets a reader begin anywhere, exactly."""
        return not _SEEKABLE.isdisjoint(self.container.split(","))


def read_timeline(path: Path) -> Timeline:
    """Read a file's packets, and its first frame, for when and how large its frames are shown.

    Raises:
        VideoError: it is empty, has no video track, or no frame of it can be decoded.
    """
    if path.stat().st_size == 0:
        raise VideoError("it is empty (0 bytes)")
    first = _first_frame(path)
    with opened(path) as container:
        stream = shown_stream(container)
        zero = player_zero(container)
        base = stream.time_base or Fraction(1, 1000)
        ticks, end_tick, exact = _packet_times(container, stream)
        times = _from_first(_rising(ticks, base, zero), first.time_ms(base, zero))
        whole = _sane(times)
        if len(whole) < len(times):
            times, end_tick = whole, 0
        end_ms = _end_ms(times, ticks_ms(end_tick, base, zero), stream)
        return Timeline(
            path,
            stream.index,
            container.format.name,
            stream.codec_context.name,
            times,
            end_ms,
            _duration_ms(container, end_ms, zero),
            *first.shown_size(stream),
            first.rotation,
            zero,
            exact,
            len(container.streams.video) > 1,
            first.plain,
            _note(stream, end_ms, base, zero) if end_tick else "its time stamps leap",
            recorded_ms({**stream.metadata, **container.metadata}),
            _gaps(times, end_ms),
        )


@dataclass(frozen=True, slots=True)
class _FirstFrame:
    pts: int | None
    width: int
    height: int
    rotation: int
    plain: bool

    def time_ms(self, base: Fraction, zero: Fraction) -> int | None:
        return None if self.pts is None else ticks_ms(self.pts, base, zero)

    def shown_size(self, stream: VideoStream) -> tuple[int, int]:
        """Return width and height as displayed: pixel shape and rotation applied."""
        ratio = stream.sample_aspect_ratio or Fraction(1)
        width, height = self.width, self.height
        if Fraction(1, 8) <= ratio <= 8:
            width = max(1, round(width * ratio))
        return (height, width) if self.rotation % 180 else (width, height)


def _first_frame(path: Path) -> _FirstFrame:
    with opened(path) as container:
        stream = shown_stream(container)
        for frame in decoded(container, stream):
            if max(frame.width, frame.height) > _LARGEST_SIDE:
                raise VideoError(f"its picture is too large ({frame.width}x{frame.height} pixels)")
            shape = frame.width, frame.height
            return _FirstFrame(frame.pts, *shape, turned(frame), is_plain(frame))
    raise VideoError("it is damaged: no frame of it can be decoded")


def frame_ms(frame: VideoFrame, timeline: Timeline) -> int | None:
    """Return when a frame is shown, in ms on the player's clock; None where it does not say."""
    if frame.pts is None or frame.time_base is None:
        return None
    return ticks_ms(frame.pts, frame.time_base, timeline.zero)


def claimed_length_ms(path: Path) -> int:
    """Return how long a file's header says it is, in ms; 0 where it does not say.

    Raises:
        VideoError: the header cannot be read.
    """
    with opened(path) as container:
        return max(0, (container.duration or 0) // 1000)


def _packet_times(
    container: InputContainer, stream: VideoStream
) -> tuple[NDArray[np.int64], int, bool]:
    """Return the frames' times and the end of the last, in ticks; and whether all had a PTS."""
    ticks: list[int] = []
    end, exact = 0, True
    presentation = Presentation(container, stream)
    for packet in presentation.packets():
        if packet.size == 0 or packet.is_discard:
            continue
        tick = presentation.due(packet)
        exact = exact and packet.pts is not None
        if tick is None:
            continue
        ticks.append(tick)
        end = max(end, tick + (packet.duration or 0))
    return np.array(ticks, np.int64), end, exact and presentation.stamps is Stamps.SHOWN


def _rising(ticks: NDArray[np.int64], base: Fraction, zero: Fraction) -> NDArray[np.int64]:
    """Return ticks as sorted ms on the player's clock."""
    offset = round(zero / base)
    scaled = (np.sort(ticks) - offset).astype(np.float64) * (1000 * float(base))
    return np.rint(scaled).astype(np.int64)


def _from_first(times: NDArray[np.int64], start_ms: int | None) -> NDArray[np.int64]:
    """Return the times from that of the first frame that can be decoded; at least that one."""
    times = times[times >= start_ms] if start_ms is not None else times
    return times if len(times) else np.array([start_ms or 0], np.int64)


def _sane(times: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the longest run of frames that belong together where a file claims to be endless."""
    if times[-1] - times[0] <= _LONGEST_VIDEO_MS:
        return times
    runs = np.split(times, np.flatnonzero(np.diff(times) > _LONGEST_PAUSE_MS) + 1)
    longest = max(runs, key=len)
    return np.asarray(longest[longest - longest[0] <= _LONGEST_VIDEO_MS], np.int64)


def _gaps(times: NDArray[np.int64], end_ms: int) -> tuple[Window, ...]:
    """Return where one picture has stood for longer than is worth describing again and again."""
    until = np.append(times[1:], end_ms)
    long = np.flatnonzero(until - times > _WORTH_SEEING_MS)
    return tuple(Window(int(times[i]) + _WORTH_SEEING_MS, int(until[i])) for i in long)


def _end_ms(times: NDArray[np.int64], claimed_ms: int, stream: VideoStream) -> int:
    """Return when the last frame ends: as its packet claims, where that can be."""
    last_ms = int(times[-1])
    if last_ms + 1 < claimed_ms <= last_ms + _LONGEST_FRAME_MS:
        return claimed_ms
    rate_ms = 1000 / float(stream.guessed_rate or stream.average_rate or 25)
    return last_ms + max(1, round(_last_step(times, rate_ms)))


def _last_step(times: NDArray[np.int64], rate_ms: float) -> float:
    """Return how long the last frame is shown where the file does not say: as the one before."""
    return float(min(times[-1] - times[-2], 1000)) if len(times) > 1 else rate_ms


def _duration_ms(container: InputContainer, end_ms: int, zero: Fraction) -> int:
    """Return where the seek bar ends; a claim that the frames contradict wildly is not believed."""
    if container.duration is None or container.duration <= 0:
        return end_ms
    start = Fraction(container.start_time or 0, av.time_base)
    claimed_ms = round(float(start - zero) * 1000 + container.duration / 1000)
    return claimed_ms if end_ms <= claimed_ms <= 10 * end_ms + 600_000 else end_ms


def _note(stream: VideoStream, end_ms: int, base: Fraction, zero: Fraction) -> str:
    if not stream.duration or stream.duration < 0:
        return ""
    claimed_ms = ticks_ms((stream.start_time or 0) + stream.duration, base, zero)
    if end_ms + max(2_000, claimed_ms // 50) < claimed_ms <= 10 * end_ms + 600_000:
        return f"it breaks off at {end_ms / 1000:.1f} s of {claimed_ms / 1000:.1f} s"
    return ""
