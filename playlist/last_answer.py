"""The last answer: what was found last, by number, and how to go on with it; kept on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from indexer.errors import RequestError
from indexer.video import Video
from indexer.windows import Window
from playlist.tracks import Track, track

_NAME = "last.json"
_NONE = "There is no last answer: ask with `scenelist search` first."


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """Tracks in the order in which they were shown, the first one being number 1.

    `title` is what was asked, `library` the folder that was asked. `flags` are those the question
    was asked with, in their own names, and `page` how many moments are shown at a time; where it
    is 0 there is no more to come.
    """

    title: str
    library: Path
    tracks: tuple[Track, ...]
    page: int = 0
    flags: Mapping[str, Any] = field(default_factory=dict)

    def numbered(self, numbers: Sequence[int]) -> list[Track]:
        """Return the tracks with these numbers.

        Raises:
            RequestError: there is none of a number.
        """
        for number in numbers:
            if not 1 <= number <= len(self.tracks):
                have = "only number 1" if len(self.tracks) == 1 else f"1 to {len(self.tracks)}"
                raise RequestError(f"The last answer has no number {number}: it has {have}.")
        return [self.tracks[number - 1] for number in numbers]


def keep(answer: LastAnswer, folder: Path) -> None:
    """Keep an answer in place of the one before; where nothing can be written, nothing is kept."""
    facts = {
        "title": answer.title,
        "library": str(answer.library),
        "page": answer.page,
        "flags": dict(answer.flags),
        "moments": [_facts(item) for item in answer.tracks],
    }
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with NamedTemporaryFile("w", dir=folder, suffix=".part", delete=False) as file:
            part = Path(file.name)
            json.dump(facts, file)  # ASCII only: also what is no Unicode comes back as it was
        part.replace(folder / _NAME)


def drop(title: str, library: Path, folder: Path) -> None:
    """Forget the last answer, since there is none to the last question, which was `title`."""
    keep(LastAnswer(title, library, ()), folder)


def last(folder: Path) -> LastAnswer:
    """Return the answer that was kept last.

    Raises:
        RequestError: there is none.
    """
    try:
        facts = json.loads((folder / _NAME).read_text("ascii"))
        tracks = tuple(_track(item) for item in facts["moments"])
        answer = LastAnswer(
            facts["title"], Path(facts["library"]), tracks, int(facts["page"]), facts["flags"]
        )
    except (OSError, ValueError, KeyError, TypeError):
        raise RequestError(_NONE) from None
    if not tracks:
        raise RequestError(
            f"The last question, {answer.title!r}, has no answer: ask `scenelist search` another."
        )
    return answer


def _facts(item: Track) -> dict[str, object]:
    return {
        "path": str(item.video.path),
        "fingerprint": item.video.fingerprint,
        "duration_ms": item.video.duration_ms,
        "recorded_ms": item.video.recorded_ms,
        "mtime_ns": item.video.mtime_ns,
        "start_ms": item.start_ms,
        "end_ms": item.end_ms,
        "text": item.text,
        "transcript": item.transcript,
        "described": item.described,
        "score": item.score,
        "confidence": item.confidence,
    }


def _track(facts: Mapping[str, Any]) -> Track:
    start_ms, end_ms = int(facts["start_ms"]), int(facts["end_ms"])
    video = Video(
        Path(facts["path"]),
        facts["fingerprint"],
        0,
        int(facts["mtime_ns"]),
        int(facts["duration_ms"]),
        Window(0, max(1, int(facts["duration_ms"]))),
        0,
        0,
        recorded_ms=int(facts["recorded_ms"]),
    )
    return replace(
        track(video, start_ms, end_ms, facts["text"]),
        score=facts["score"],
        confidence=facts["confidence"],
        transcript=facts["transcript"],
        described=facts.get("described"),
    )


def numbers(texts: Sequence[str]) -> list[int]:
    """Read which numbers are meant: `3`, `1-5`, `2,4-6`, in the order given, each once.

    Raises:
        RequestError: that is none.

    >>> numbers(["3", "1-2,3"])
    [3, 1, 2]
    """
    found: list[int] = []
    for part in ",".join(texts).split(","):
        first, dash, end = part.strip().partition("-")
        if not (_is_number(first) and (_is_number(end) if dash else True)):
            raise RequestError(f"{part!r} is no number of an answer: write 3, 1-5 or 2,4-6.")
        low, high = int(first), int(end or first)
        if low > high:
            raise RequestError(f"{part!r} counts backwards: write {high}-{low}.")
        found += range(low, high + 1)
    return list(dict.fromkeys(found))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4
