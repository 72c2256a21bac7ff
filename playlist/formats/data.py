"""For programs: JSON, JSON lines and CSV; times in seconds."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence

from playlist.tracks import Track

_COLUMNS = ("video", "start", "end", "score", "confidence", "text", "transcript")
# What our files are known by; `import` passes over it.
_MARK = {"made_by": "Scenelist"}
# Further ones where moments were looked at again.
_VERDICT = ("verified", "probability")


def render_json(tracks: Sequence[Track], title: str) -> bytes:
    """Return one JSON object: the question and its moments, as `search --json` prints them."""
    facts = {**_MARK, "query": title, "moments": [_facts(track) for track in tracks]}
    return (json.dumps(facts, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")


def render_lines(tracks: Sequence[Track], title: str) -> bytes:
    """Return a JSON object on a line for each track, as `import` reads them."""
    lines = (
        json.dumps({**_facts(t), "duration": t.video.duration_ms / 1000}, ensure_ascii=False)
        for t in tracks
    )
    return "".join(f"{line}\n" for line in marked(lines)).encode("utf-8", "replace")


def marked(lines: Iterable[str]) -> Iterator[str]:
    """Return JSON lines of which the first says who made them."""
    for number, line in enumerate(lines):
        yield line if number else f"{json.dumps(_MARK)[:-1]}, {line[1:]}"


def render_csv(tracks: Sequence[Track], title: str) -> bytes:
    """Return a table with a line of names, as spreadsheets read it.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    columns = (*_COLUMNS, *_VERDICT) if any(track.check for track in tracks) else _COLUMNS
    writer.writerow(columns)
    for track in tracks:
        facts = _facts(track)
        writer.writerow([_harmless(facts.get(name)) for name in columns])
    return out.getvalue().encode("utf-8", "replace")


def _facts(track: Track) -> dict[str, object]:
    facts: dict[str, object] = {
        "video": track.file,
        "start": track.start_ms / 1000,
        "end": track.end_ms / 1000,
        "score": None if track.score is None else round(track.score, 4),
        "text": track.text,
        **(track.check.facts() if track.check else {}),
    }
    if track.confidence is not None:
        facts["confidence"] = round(track.confidence, 4)
    if track.transcript:
        facts["transcript"] = track.transcript
    return facts


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@")) else cell
