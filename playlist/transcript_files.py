"""What is said in a video as a file: SubRip, WebVTT, plain text or JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from indexer.errors import RequestError
from indexer.speech.own_transcripts import marked
from indexer.speech.transcribing.sentences import Sentence
from indexer.video import Video
from playlist.formats.webvtt import escaped, stamp
from playlist.playlist_files import make_folder, write
from playlist.tracks import Track, clock, one_line


def render(said: Sequence[Sentence], name: str, video: Video, *, heard: bool = False) -> bytes:
    """Return what is said, by time, in a format of `FORMATS`, in UTF-8.

    What was `heard`, not read in subtitles, is marked: beside its video it is not read back.
    """
    text = _RENDERERS[name](said, video).encode("utf-8", "replace").decode("utf-8")
    return (marked(text) if heard else text).encode("utf-8")


def transcript_format(path: Path | None, name: str | None) -> str:
    """Return the format called `name`, else the one that a file's suffix asks for, else text.

    Raises:
        RequestError: no format has that suffix.
    """
    if name is not None:
        return name
    if path is None:
        return "txt"
    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        listed = ", ".join(f".{known}" for known in FORMATS)
        raise RequestError(f"No transcript ends in {path.suffix or path.name!r}: use {listed}.")
    return suffix


def write_captions(
    tracks: Sequence[Track], folder: Path, said: Callable[[Path], Sequence[Sentence]]
) -> int:
    """Write what is said in the videos of a playlist into a folder, WebVTT each; return how many.

    `said` returns what is said in the video at a path. Times are on each video's own clock.

    Raises:
        PlaylistError: the folder cannot be written.
    """
    videos = {track.video.path: track.video for track in tracks}
    spoken = {path: sentences for path in videos if (sentences := said(path))}
    if spoken:
        make_folder(folder)
    names: set[str] = set()
    for path, sentences in spoken.items():
        name, number = f"{path.stem}.vtt", 2
        while name in names:  # of the same name in other folders
            name, number = f"{path.stem} {number}.vtt", number + 1
        names.add(name)
        # Marked, so that the same playlist may be written again (playlist/overwriting.py).
        write(folder / name, render(sentences, "vtt", videos[path], heard=True))
    return len(spoken)


def _srt(said: Sequence[Sentence], video: Video) -> str:
    """Return SubRip; an arrow or markup in the words would be read as a player's own."""
    blocks = []
    for number, sentence in enumerate(said, 1):
        times = " --> ".join(
            stamp(ms).replace(".", ",") for ms in (sentence.start_ms, sentence.end_ms)
        )
        words = one_line(sentence.text).replace("-->", "→").replace("<", "‹").replace(">", "›")
        blocks.append(f"{number}\n{times}\n{words}\n")
    return "\n".join(blocks)


def _vtt(said: Sequence[Sentence], video: Video) -> str:
    blocks = ["WEBVTT"]
    for sentence in said:
        times = f"{stamp(sentence.start_ms)} --> {stamp(sentence.end_ms)}"
        blocks.append(f"{times}\n{escaped(one_line(sentence.text))}")
    return "\n\n".join(blocks) + "\n"


def _text(said: Sequence[Sentence], video: Video) -> str:
    return "".join(f"[{clock(s.start_ms)}] {one_line(s.text)}\n" for s in said)


def _json(said: Sequence[Sentence], video: Video) -> str:
    facts = {
        "video": str(video.path),
        "duration": video.duration_ms / 1000,
        "sentences": [
            {
                "start": s.start_ms / 1000,
                "end": s.end_ms / 1000,
                "text": s.text,
                **({"language": s.language} if s.language else {}),
            }
            for s in said
        ],
    }
    return json.dumps(facts, ensure_ascii=False, indent=2) + "\n"


_RENDERERS: dict[str, Callable[[Sequence[Sentence], Video], str]] = {
    "srt": _srt,
    "vtt": _vtt,
    "txt": _text,
    "json": _json,
}
FORMATS = tuple(_RENDERERS)
