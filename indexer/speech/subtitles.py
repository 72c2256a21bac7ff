"""What is said in a video, where it is written down: sidecar files and embedded text tracks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av.error
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.subtitles.stream import SubtitleStream

from indexer.errors import VideoError
from indexer.media.timeline import opened, player_zero, ticks_ms
from indexer.speech.transcript import Cue

SIDECARS = (".srt", ".vtt", ".ass", ".ssa")
_LONGEST_CUE_MS = 60_000
_MARKUP = re.compile(r"\{\\[^}]*\}|</?[a-zA-Z][^>]*>")
_LINE_BREAK = re.compile(r"\\[Nnh]|\s+")


def cues(path: Path) -> list[Cue]:
    """Return a video's subtitles by time: those beside it and those in it, each line once.

    A sidecar has the video's name, a language if it likes, and one of `SIDECARS`. Text tracks
    count, pictures of text do not; what cannot be read is left out.
    """
    found: set[Cue] = set()
    for file in (*sidecars(path), path):
        with suppress(VideoError, OSError):
            found.update(_read(file))
    return sorted(found)


def sidecars(path: Path) -> list[Path]:
    """Return the subtitle files that lie beside a video and bear its name."""
    try:
        beside = sorted(path.parent.iterdir())
    except OSError:
        return []
    return [
        file
        for file in beside
        if file.suffix.lower() in SIDECARS
        and (file.stem == path.stem or file.stem.startswith(f"{path.stem}."))
    ]


def _read(path: Path) -> Iterator[Cue]:
    with opened(path) as container:
        streams = list(container.streams.subtitles)
        if streams:
            yield from _tracks(container, streams)


def _tracks(container: InputContainer, streams: list[SubtitleStream]) -> Iterator[Cue]:
    zero = player_zero(container)
    for packet in container.demux(streams):
        if packet.pts is None or not packet.size:
            continue
        text = _plain(_words(packet))
        base = packet.time_base or Fraction(1, 1000)
        start_ms = ticks_ms(packet.pts, base, zero)
        length_ms = round(float((packet.duration or 0) * base * 1000)) or 2_000
        if text:
            yield Cue(max(0, start_ms), start_ms + min(length_ms, _LONGEST_CUE_MS), text)


def _words(packet: Packet[Stream]) -> str:
    """Return a packet's text, raw where no decoder knows the track's kind."""
    stream = packet.stream
    if not isinstance(stream, SubtitleStream) or stream.codec_context is None:
        return bytes(packet).decode("utf-8", "ignore")
    try:
        shown = stream.decode2(packet)
    except av.error.FFmpegError:
        return ""
    lines = [bytes(getattr(part, "dialogue", b"") or b"") for part in shown or ()]
    return " ".join(line.decode("utf-8", "replace") for line in lines)


def _plain(text: str) -> str:
    return _LINE_BREAK.sub(" ", _MARKUP.sub("", text)).strip()
