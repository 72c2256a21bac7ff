"""What an exported description says of its video and of how it was described, and how it is read.

A field of such a name that is of another kind is somebody else's, and stays as it is.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

from indexer.recipe import Recipe
from indexer.scanning.fingerprint import fingerprint
from indexer.video import Video
from indexer.windows import Window
from search.store.stored_paths import to_text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST = 2**62
_FINGERPRINT = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)
_KINDS = {"str": str, "int": int, "bool": bool}


@dataclass(frozen=True, slots=True)
class About:
    """Facts of a video that its descriptions take along; 0, '' and None: not known.

    `windows` is how many descriptions it has under `recipe`, if that is all of them.
    """

    fingerprint: str = ""
    size_bytes: int = 0
    mtime_ns: int = 0
    recorded_ms: int = 0
    span: Window | None = None
    width: int = 0
    height: int = 0
    note: str = ""
    recipe: Recipe | None = None
    windows: int = 0


UNKNOWN = About()
# What stands for the recipe of what came without one, and begins the name of a content that
# nobody has seen the file of.
IMPORTED = "imported"


def identity_of(path: Path) -> str:
    """Return the content's fingerprint where the file is here, else a name made from its path."""
    with suppress(OSError):
        return fingerprint(path)
    return f"{IMPORTED}:{blake2b(to_text(path).encode(), digest_size=16).hexdigest()}"


def about_video(video: Video, recipe: Recipe | None, windows: int) -> About:
    """Return what a video's descriptions take along; `windows` as in `About`."""
    name = video.fingerprint
    return About(
        "" if name.startswith(f"{IMPORTED}:") else name,
        video.size_bytes,
        video.mtime_ns,
        video.recorded_ms,
        video.span,
        video.width,
        video.height,
        video.note,
        recipe,
        windows,
    )


def about_facts(about: About, duration_ms: int) -> dict[str, object]:
    """Return what is known as JSON fields: times in seconds, a date in ISO 8601."""
    facts: dict[str, object] = {
        "fingerprint": about.fingerprint,
        "size_bytes": about.size_bytes,
        "modified_ns": about.mtime_ns,
        "recorded": _date(about.recorded_ms) if about.recorded_ms else "",
        "span": _span(about.span, duration_ms),
        "width": about.width,
        "height": about.height,
        "note": about.note,
        "windows": about.windows,
    }
    if about.recipe is not None:
        recipe = asdict(about.recipe)
        facts |= {"model": recipe.pop("model"), "prompt": recipe.pop("prompt"), "recipe": recipe}
    return {name: value for name, value in facts.items() if value}


def about_of(facts: dict[str, Any]) -> tuple[About, set[str]]:
    """Return what JSON fields say of a video, and the names of the fields that say it."""
    known: dict[str, Any] = {}
    readers = {
        "fingerprint": ("fingerprint", _fingerprint),
        "size_bytes": ("size_bytes", _count),
        "modified_ns": ("mtime_ns", _count),
        "recorded": ("recorded_ms", _milliseconds),
        "span": ("span", _window),
        "width": ("width", _count),
        "height": ("height", _count),
        "note": ("note", _text),
        "windows": ("windows", _count),
    }
    taken = set()
    for name, (field, read) in readers.items():
        value = read(facts[name]) if name in facts else None
        if value is not None:
            known[field] = value
            taken.add(name)
    recipe = _recipe(facts)
    if recipe is not None:
        taken |= {"model", "prompt", "recipe"}
    return About(recipe=recipe, **known), taken


def _date(ms: int) -> str:
    return (_EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds")


def _span(span: Window | None, duration_ms: int) -> list[float] | None:
    if span is None or (span.start_ms, span.end_ms) == (0, duration_ms):
        return None
    return [span.start_ms / 1000, span.end_ms / 1000]


def _fingerprint(value: object) -> str | None:
    return value if isinstance(value, str) and _FINGERPRINT.fullmatch(value) else None


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 < value < _MOST else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _milliseconds(value: object) -> int | None:
    try:
        date = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if date is None or date.tzinfo is None:
        return None
    return round((date - _EPOCH) / timedelta(milliseconds=1))


def _window(value: object) -> Window | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    start, end = value
    if not all(type(each) in (int, float) and 0 <= each < 1e9 for each in value):
        return None
    try:
        return Window(round(start * 1000), round(end * 1000))
    except ValueError:
        return None


def _recipe(facts: dict[str, Any]) -> Recipe | None:
    given = facts.get("recipe")
    if not isinstance(given, dict) or not {"model", "prompt"} <= facts.keys():
        return None
    values = {**given, "model": facts["model"], "prompt": facts["prompt"]}
    kinds = {
        each.name: _KINDS[getattr(each.type, "__name__", str(each.type))] for each in fields(Recipe)
    }
    if values.keys() != kinds.keys():
        return None
    if any(type(values[name]) is not kind for name, kind in kinds.items()):
        return None
    if values["window_ms"] < 1_000 or not 1 <= values["stride_ms"] <= values["window_ms"]:
        return None
    return Recipe(**values)
