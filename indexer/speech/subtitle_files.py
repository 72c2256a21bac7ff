"""Which files beside a video are its subtitles: by their names, and not written by Scenelist."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from indexer.scanning.file_names import composed
from indexer.speech.own_transcripts import is_ours

# Suffix → what FFmpeg calls it.
SIDECARS = {".srt": "srt", ".vtt": "webvtt", ".ass": "ass", ".ssa": "ass"}


def sidecars(path: Path) -> list[Path]:
    """Return the subtitle files that lie beside a video and bear its name.

    What Scenelist wrote is none of them: a transcript of what it heard must not come back as what
    it read.
    """
    try:
        beside = sorted(path.parent.iterdir())
    except OSError:
        return []
    return [file for file in by_video(beside).get(composed(path.stem), ()) if not is_ours(file)]


def by_video(files: Iterable[Path]) -> dict[str, list[Path]]:
    """Return subtitle files, whoever wrote them, by what a video is called that they belong to.

    `film.de.srt` belongs to `film` and to `film.de`, whatever their suffixes. The same name may be
    composed differently (é as one character or two): names here are composed.
    """
    found: dict[str, list[Path]] = {}
    for file in files:
        if file.suffix.lower() in SIDECARS:
            parts = composed(file.stem).split(".")
            for end in range(1, len(parts) + 1):
                found.setdefault(".".join(parts[:end]), []).append(file)
    return found
