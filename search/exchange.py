"""Descriptions in and out as JSON lines: what one machine described, another can search."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

from indexer.errors import RequestError
from indexer.scanning.fingerprint import fingerprint
from indexer.scanning.scan import absolute
from indexer.segments import Segment
from indexer.windows import Window
from search.store.stored_paths import to_path, to_text
from search.store.tables import FileRow, SegmentRow, Store, VideoRow
from search.store.writer import Writer

IMPORTED = "imported"
_BATCH = 4_096
_OWN = ("made_by", "video", "duration", "start", "end", "text", "transcript")


@dataclass(frozen=True, slots=True)
class Description:
    """A described window of a video on its way in or out; `extra` is what else came with it."""

    video: Path
    duration_ms: int
    segment: Segment
    extra: dict[str, object]


def to_line(description: Description) -> str:
    """Return a description as a JSON object on one line; times in seconds."""
    window = description.segment.window
    facts: dict[str, object] = {
        **description.extra,
        "video": to_text(description.video),
        "duration": description.duration_ms / 1000,
        "start": window.start_ms / 1000,
        "end": window.end_ms / 1000,
        "text": description.segment.text,
    }
    if description.segment.transcript:
        facts["transcript"] = description.segment.transcript
    return json.dumps(facts, ensure_ascii=False)


def from_lines(lines: Iterable[str], folder: Path) -> Iterator[Description]:
    """Read JSON lines; a relative video path counts from `folder`.

    Raises:
        RequestError: a line is no such object; says which line and what is wrong with it.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _description(json.loads(line), folder)
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
                what = f"lacks {error}" if isinstance(error, KeyError) else f"is wrong ({error})"
                raise RequestError(
                    f"Line {number} {what}: each line is a JSON object with video, duration,"
                    " start, end (seconds) and text."
                ) from error


def _description(facts: dict[str, Any], folder: Path) -> Description:
    window = Window(round(float(facts["start"]) * 1000), round(float(facts["end"]) * 1000))
    if window.start_ms < 0:
        raise ValueError("start is negative")
    if not isinstance(facts["text"], str) or not isinstance(facts["video"], str):
        raise TypeError("video and text must be strings")
    duration_ms = round(float(facts.get("duration") or 0) * 1000)
    return Description(
        absolute(folder / to_path(facts["video"])),
        max(duration_ms, window.end_ms),
        Segment(window, facts["text"], str(facts.get("transcript") or "")),
        {key: value for key, value in facts.items() if key not in _OWN},
    )


def take_in(descriptions: Iterable[Description], writer: Writer, store: Store) -> int:
    """Add descriptions through `writer`; return how many were new."""
    with store.in_bulk():
        return _take_in(descriptions, writer, store)


def _take_in(descriptions: Iterable[Description], writer: Writer, store: Store) -> int:
    identities: dict[Path, str] = {}
    known: dict[str, set[tuple[int, int, str]]] = {}
    added = 0
    incoming = iter(descriptions)
    while batch := list(islice(incoming, _BATCH)):
        files, videos, rows = [], [], []
        for description in batch:
            path = description.video
            if path not in identities:
                identity = identities[path] = writer.fingerprint(path) or _identity(path)
                files.append(_file(path, identity))
                videos.append(_video(identity, description.duration_ms))
                known[identity] = {
                    (row.start_ms, row.end_ms, row.text) for row in store.segments(identity)
                }
            row = _row(description, identities[path])
            if (row.start_ms, row.end_ms, row.text) not in known[row.fingerprint]:
                known[row.fingerprint].add((row.start_ms, row.end_ms, row.text))
                rows.append(row)
        writer.add_videos(files, videos)
        writer.add(rows)
        added += len(rows)
    return added


def _identity(path: Path) -> str:
    """Return the content's fingerprint where the file is here, else a name made from its path."""
    with suppress(OSError):
        return fingerprint(path)
    return f"{IMPORTED}:{blake2b(to_text(path).encode(), digest_size=16).hexdigest()}"


def _file(path: Path, identity: str) -> FileRow:
    return FileRow(to_text(path), identity, 0, 0, "", imported=True)


def _video(identity: str, duration_ms: int) -> VideoRow:
    return VideoRow(identity, duration_ms, 0, duration_ms, 0, 0, "", "")


def _row(description: Description, identity: str) -> SegmentRow:
    segment = description.segment
    extra = json.dumps(description.extra, ensure_ascii=False) if description.extra else ""
    return SegmentRow(
        identity,
        segment.window.start_ms,
        segment.window.end_ms,
        segment.text,
        segment.transcript,
        IMPORTED,
        False,
        extra,
    )
