"""When a video was recorded, by what its container says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

# Where containers write it; the first has the time zone of the place, which the second lacks.
_KEYS = (
    "com.apple.quicktime.creationdate",
    "creation_time",
    "date_recorded",
    "date-eng",
    "datetimeoriginal",
    "date",
)
# Before this, cameras whose clock was never set: QuickTime's zero is 1904, Unix's 1970.
_EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)


def recorded_ms(metadata: Mapping[str, str]) -> int:
    """Return when a video was recorded, in ms since 1970 UTC, or 0 where it says nothing sane.

    A time without a zone is taken as this machine's own; a year alone says too little.
    """
    lower = {key.lower(): value for key, value in metadata.items()}
    for key in _KEYS:
        made = _read(lower.get(key, ""))
        if made is not None and made > _EARLIEST:
            return round(1000 * made.timestamp())
    return 0


def _read(text: str) -> datetime | None:
    text = text.strip()
    if len(text) < len("2024-05-01"):
        return None
    if text[4:5] == text[7:8] == ":":  # Exif writes 2024:05:01
        text = f"{text[:4]}-{text[5:7]}-{text[8:]}"
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
