"""What is said in a video, where it is written down: sidecar files and embedded text tracks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av.error
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.subtitles.stream import SubtitleStream

from indexer.errors import VideoError
from indexer.media.opening import opened, player_zero, ticks_ms
from indexer.media.presentation_times import demux
from indexer.scanning.file_names import composed
from indexer.speech.character_set import text_of
from indexer.speech.languages import ANY, Languages, chosen, language_in_name
from indexer.speech.subtitle_files import SIDECARS, sidecars
from indexer.speech.transcript import Cue, Subtitles

_LARGEST_BYTES = 50_000_000
_LONGEST_CUE_MS = 60_000
_MARKUP = re.compile(r"\{\\[^}]*\}|</?[a-zA-Z][^>]*>")
_LINE_BREAK = re.compile(r"\\[Nnh]|\s+")


def cues(path: Path, languages: Languages = ANY) -> list[Cue]:
    """Return the cues of `subtitles`."""
    return list(subtitles(path, languages).cues)


def subtitles(path: Path, languages: Languages = ANY) -> Subtitles:
    """Return a video's subtitles in one language: those beside it and those in it.

    A sidecar has the video's name, a language if it likes, and one of `SIDECARS`; text tracks
    count, pictures of text do not. Of several languages the one asked for is taken, else the one
    that the video is in, else the user's, else the first. A line in two files is there once.
    """
    files = sorted(sidecars(path), key=lambda file: (bool(_language_of(file, path)), file))
    notes: list[str] = []
    try:
        tracks, of_video = _text_tracks(path)
    except VideoError:
        tracks, of_video = {}, ""
    offered = [_language_of(file, path) for file in files] + list(tracks.values())
    if not offered:
        return Subtitles()
    take = set(chosen(offered, languages, of_video))
    found: set[Cue] = set()
    for number, file in enumerate(files):
        if number in take:
            read = _sidecar(file)
            found.update(read)
            if not read:
                notes.append(f"its subtitles in {file.name} cannot be read")
    numbers = [track for number, track in enumerate(tracks, len(files)) if number in take]
    if numbers:
        try:
            found.update(_embedded(path, numbers))
        except VideoError:
            notes.append("the subtitles in it cannot be read")
    return Subtitles(tuple(sorted(found)), tuple(notes))


def _language_of(sidecar: Path, video: Path) -> str:
    name = composed(sidecar.stem).removeprefix(composed(video.stem))
    return language_in_name(name)


def _text_tracks(path: Path) -> tuple[dict[int, str], str]:
    """Return the language of each track of text by its number, and that of the video."""
    with opened(path) as container:
        spoken = [
            stream.language or "" for stream in (*container.streams.audio, *container.streams.video)
        ]
        tracks = {
            stream.index: stream.language or ""
            for stream in container.streams.subtitles
            if stream.codec_context is None or not stream.codec_context.codec.bitmap_sub
        }
    return tracks, next(filter(None, spoken), "")


def _sidecar(path: Path) -> list[Cue]:
    """Return what a file says; nothing where it makes no sense."""
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            return []
        text = text_of(path.read_bytes())
    except OSError:
        return []
    # As its suffix says; some bear another one's.
    for kind in dict.fromkeys((SIDECARS[path.suffix.lower()], *SIDECARS.values())):
        try:
            with opened(BytesIO(text.encode("utf-8", "replace")), kind) as container:
                if found := list(_read(container, container.streams.subtitles)):
                    return found
        except VideoError:
            continue
    return []


def _embedded(path: Path, numbers: Sequence[int]) -> list[Cue]:
    with opened(path) as container:
        streams = [s for s in container.streams.subtitles if s.index in numbers]
        return list(_read(container, streams))


def _read(container: InputContainer, streams: Sequence[SubtitleStream]) -> Iterator[Cue]:
    zero = player_zero(container)
    for packet in demux(container, *streams) if streams else ():
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
