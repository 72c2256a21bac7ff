"""Opens a file with PyAV: the track that is shown, its frames, where the player begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import IO, BinaryIO

import av
import av.error
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from indexer.errors import VideoError
from indexer.media.presentation_times import Presentation, searchable
from indexer.retry_policy import NO_PICTURE
from indexer.scanning.remote_path import RemotePath

# Where VLC's seek bar begins (measured with barcode videos): in these containers at the
# container's own start, in all others at zero of the file's time stamps.
_FROM_CONTAINER_START = {"mpegts", "mpeg", "flv", "asf", "mpegvideo", "h264", "hevc", "rm"}


@contextmanager
def opened(source: Path | BinaryIO, kind: str | None = None) -> Iterator[InputContainer]:
    """Open a file, or its bytes, with PyAV; failures come out as VideoError.

    `kind` is FFmpeg's name of the container, where that need not be found out.
    """
    try:
        with (
            _readable(source) as file,
            av.open(file, "r", format=kind, metadata_errors="ignore") as container,
        ):
            yield container
    except (av.error.FFmpegError, OSError, ValueError, EOFError) as error:
        if isinstance(error, FileNotFoundError | PermissionError) and not isinstance(
            error, av.error.FFmpegError
        ):
            raise VideoError(f"it cannot be opened ({error.strerror})") from error
        raise VideoError(f"it is damaged or not a video ({_reason(error)})") from error


@contextmanager
def _readable(source: Path | BinaryIO) -> Iterator[str | IO[bytes]]:
    """Open what PyAV reads: a path as it is, a file that is far away as a stream."""
    if isinstance(source, RemotePath):
        with source.stream() as stream:
            yield stream
    else:
        yield str(source) if isinstance(source, Path) else source


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text)


def shown_stream(container: InputContainer) -> VideoStream:
    """Return the video track a player shows: the first that is no cover picture.

    Raises:
        VideoError: there is none, or none that can be decoded.
    """
    streams = [s for s in container.streams.video if not s.disposition & s.disposition.attached_pic]
    if not streams:
        raise VideoError(NO_PICTURE)
    for stream in streams:
        if stream.codec_context is not None:
            return stream
    raise VideoError("there is no decoder for its codec: convert it to another format")


def decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Yield a track's frames in the order they are shown, stepping over damaged packets."""
    if not stream.codec_context.is_open:
        stream.thread_type = "AUTO"
    presentation = Presentation(container, stream)
    for packet in presentation.packets():
        try:
            for frame in packet.decode():
                yield presentation.shown(frame)
        except av.error.FFmpegError:
            presentation.lost(packet)


def seek(container: InputContainer, stream: VideoStream, at_ms: int, zero: Fraction) -> None:
    """Go to the keyframe at or before a time on the player's clock; to the start where not."""
    if at_ms > 0 and stream.time_base:
        try:
            container.seek(round((Fraction(at_ms, 1000) + zero) / stream.time_base), stream=stream)
        except av.error.FFmpegError:
            container.seek(0)


def decoded_from(
    container: InputContainer,
    stream: VideoStream,
    at_ms: int,
    zero: Fraction,
    frames: Callable[[InputContainer, VideoStream], Iterator[VideoFrame]] = decoded,
) -> Iterator[VideoFrame]:
    """Yield a track's frames from a keyframe at or before a time on the player's clock.

    From the very first one where the file cannot be searched, or the search leads too far.
    `frames` is what decodes from where the container stands.
    """
    if at_ms > 0 and searchable(container):
        base = stream.time_base or Fraction(1, 1000)
        with suppress(av.error.FFmpegError):
            container.seek(round((Fraction(at_ms, 1000) + zero) / base), stream=stream)
            found = frames(container, stream)
            first = next(found, None)
            if first is not None and first.pts is not None:
                first_ms = ticks_ms(first.pts, first.time_base or base, zero)
                if first_ms <= at_ms:
                    yield first
                    yield from found
                    return
        container.seek(0)
    yield from frames(container, stream)


def player_zero(container: InputContainer) -> Fraction:
    """Return where the player's seek bar begins, in seconds of the file's own time stamps."""
    names = set(container.format.name.split(","))
    if names & _FROM_CONTAINER_START and container.start_time is not None:
        return Fraction(container.start_time, av.time_base)
    return Fraction(0)


def ticks_ms(tick: int, base: Fraction, zero: Fraction) -> int:
    """Return a time stamp as ms on the player's clock."""
    return round((tick - round(zero / base)) * float(1000 * base))
