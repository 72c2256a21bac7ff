"""Descriptions in and out as JSON lines: what one machine described, another can search."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

from indexer.errors import RequestError
from indexer.recipe import Recipe
from indexer.scanning.fingerprint import fingerprint
from indexer.scanning.scan import absolute
from indexer.segments import Segment
from indexer.windows import Window
from search.exchange.sentences import SAID, Spoken, spoken_of
from search.exchange.video_facts import UNKNOWN, About, about_facts, about_of
from search.store.provenance import ANSWERED, answered_by
from search.store.stored_paths import to_path, to_text
from search.store.tables import FileRow, SegmentRow, Store, VideoRow
from search.store.writer import Told, Writer, beyond
from search.text_folding import composed

IMPORTED = "imported"
_BATCH = 4_096
_WRONG = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)
_OWN = ("made_by", "video", "duration", "start", "end", "text", "transcript")


# Longer than any video: 31 years, in seconds.
_LONGEST_S = 1e9


@dataclass(frozen=True, slots=True)
class Description:
    """A described window of a video on its way in or out; `extra` is what else came with it."""

    video: Path
    duration_ms: int
    segment: Segment
    extra: dict[str, object]
    about: About = UNKNOWN


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
    facts.update(about_facts(description.about, description.duration_ms))
    return json.dumps(facts, ensure_ascii=False)


def from_lines(
    lines: Iterable[str], folder: Path, on_wrong: Callable[[str], None] | None = None
) -> Iterator[Description | Spoken]:
    """Read JSON lines; a relative video path counts from `folder`.

    Where a line is no such object, `on_wrong` hears which and what is wrong with it, and the
    others are read all the same.

    Raises:
        RequestError: a line is wrong, and there is no `on_wrong` to hear of it.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                facts = json.loads(line)
                spoken = isinstance(facts, dict) and SAID in facts and "text" not in facts
                yield spoken_of(facts, folder) if spoken else _description(facts, folder)
            except _WRONG as error:
                what = f"lacks {error}" if isinstance(error, KeyError) else f"is wrong ({error})"
                sentence = (
                    f"Line {number} {what}: each line is a JSON object with video, duration,"
                    " start, end (seconds) and text, or said for a sentence."
                )
                if on_wrong is None:
                    raise RequestError(sentence) from error
                on_wrong(sentence)


def _description(facts: dict[str, Any], folder: Path) -> Description:
    if not isinstance(facts, dict):
        raise TypeError("it is no object")
    try:
        json.dumps(facts, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("it holds half a character") from None
    window = Window(round(float(facts["start"]) * 1000), round(float(facts["end"]) * 1000))
    if window.start_ms < 0:
        raise ValueError("start is negative")
    if not isinstance(facts["text"], str) or not isinstance(facts["video"], str):
        raise TypeError("video and text must be strings")
    if not facts["video"] or "\0" in facts["video"]:
        raise ValueError("video is no path")
    duration_ms = round(float(facts.get("duration") or 0) * 1000)
    if max(window.end_ms, duration_ms) > 1000 * _LONGEST_S:
        raise ValueError("no video is so long")
    about, taken = about_of(facts)
    return Description(
        absolute(folder / to_path(facts["video"])),
        max(duration_ms, window.end_ms),
        Segment(window, facts["text"], str(facts.get("transcript") or "")),
        {key: value for key, value in facts.items() if key not in (*_OWN, *taken)},
        about,
    )


def take_in(descriptions: Iterable[Description], writer: Writer, store: Store, told: Told) -> int:
    """Add descriptions through `writer`; return how many were new.

    `told` hears now and then how many have been dealt with.
    """
    with store.in_bulk():
        return _take_in(descriptions, writer, store, told)


def _take_in(descriptions: Iterable[Description], writer: Writer, store: Store, told: Told) -> int:
    identities: dict[Path, str] = {}
    known: dict[str, set[tuple[int, int, str]]] = {}
    recipes: dict[str, Recipe] = {}
    unknown: set[str] = set()
    claims: dict[str, tuple[str, int]] = {}
    added = dealt_with = 0
    incoming = iter(descriptions)
    while batch := list(islice(incoming, _BATCH)):
        files, videos, rows = [], [], []
        for description in batch:
            path = description.video
            if path not in identities:
                about = description.about
                identity = writer.fingerprint(path) or about.fingerprint or identity_of(path)
                identities[path] = identity
                files.append(_file(path, identity, about))
                videos.append(_video(identity, description.duration_ms, about))
                if not writer.knows(identity):
                    unknown.add(identity)
                known[identity] = {
                    (row.start_ms, row.end_ms, row.text)
                    for row in store.segments(identity, answers=True)
                }
            if (recipe := description.about.recipe) is not None:
                if recipe.key not in recipes:
                    recipes[recipe.key] = recipe
                    writer.learn(recipe)
                if description.about.windows and identities[path] in unknown:
                    claims.setdefault(identities[path], (recipe.key, description.about.windows))
            row = _row(description, identities[path])
            if (row.start_ms, row.end_ms, row.text) not in known[row.fingerprint]:
                known[row.fingerprint].add((row.start_ms, row.end_ms, row.text))
                rows.append(row)
        writer.add_videos(files, videos)
        known_already = dealt_with + len(batch) - len(rows)
        writer.add(rows, beyond(told, known_already))
        added += len(rows)
        dealt_with += len(batch)
        told(dealt_with)
    for identity, (key, windows) in claims.items():
        kept = [row for row in store.segments(identity) if row.recipe == key]
        if len(kept) == windows:  # else only a part of it was exported, or came through
            writer.call_complete(identity, key)
    return added


def identity_of(path: Path) -> str:
    """Return the content's fingerprint where the file is here, else a name made from its path."""
    with suppress(OSError):
        return fingerprint(path)
    return f"{IMPORTED}:{blake2b(to_text(path).encode(), digest_size=16).hexdigest()}"


def _file(path: Path, identity: str, about: About) -> FileRow:
    size_bytes, mtime_ns = about.size_bytes, about.mtime_ns
    if not mtime_ns:
        with suppress(OSError):
            status = path.stat()
            size_bytes, mtime_ns = status.st_size, status.st_mtime_ns
    return FileRow(to_text(path), identity, size_bytes, mtime_ns, "", imported=True)


def _video(identity: str, duration_ms: int, about: About) -> VideoRow:
    span = about.span or Window(0, max(duration_ms, 1))
    return VideoRow(
        identity,
        duration_ms,
        span.start_ms,
        span.end_ms,
        about.width,
        about.height,
        about.note,
        "",
        about.recorded_ms,
    )


def _row(description: Description, identity: str) -> SegmentRow:
    segment = description.segment
    extra = json.dumps(description.extra, ensure_ascii=False) if description.extra else ""
    recipe = description.about.recipe.key if description.about.recipe else IMPORTED
    answer = bool(answered_by(description.extra))
    return SegmentRow(
        identity,
        segment.window.start_ms,
        segment.window.end_ms,
        composed(segment.text),
        "" if answer else composed(segment.transcript),
        ANSWERED if answer else recipe,
        False,
        extra,
    )
