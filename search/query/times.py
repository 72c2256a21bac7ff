"""Lengths of time and dates as people write them: 1m30s, 2h, 2024-05, 18:30. Pure."""

from __future__ import annotations

import re
from datetime import datetime, time

from indexer.errors import RequestError

# No video is longer (eleven years), and all arithmetic on times holds far beyond it.
_LONGEST_MS = 100_000 * 3_600_000
_LONGEST_SHOWN = 60
_LENGTH = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+(?:\.\d+)?)s?)?", re.ASCII)
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d\d(?:\.\d+)?)", re.ASCII)


def length_ms(text: str) -> int:
    """Read a length: 90, 90s, 1m30s, 2h, 1:30 or 1:02:03.

    Raises:
        RequestError: it is none.

    >>> length_ms("1m30s"), length_ms("1:30"), length_ms("2h")
    (90000, 90000, 7200000)
    """
    found = _CLOCK.fullmatch(text) or _LENGTH.fullmatch(text)
    if not text or found is None:
        raise RequestError(f"{quoted(text)} is no length of time: write 90s, 1m30s or 1:30.")
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    length = ((hours * 60 + minutes) * 60 + seconds) * 1000
    if length > _LONGEST_MS:
        raise RequestError(f"{quoted(text)} is longer than any video: write 90s, 1m30s or 1:30.")
    return round(length)


def when(text: str) -> datetime | time:
    """Read 2024, 2024-05, 2024-05-31, 2024-05-31T18:30 (there with a zone too) or 18:30.

    A time of day is one of this machine's clock.

    Raises:
        RequestError: it is none.
    """
    if re.fullmatch(r"\d{4}", text, re.ASCII):
        text += "-01-01"
    elif re.fullmatch(r"\d{4}-\d\d", text, re.ASCII):
        text += "-01"
    for reader in (time.fromisoformat, datetime.fromisoformat):
        try:
            read: datetime | time = reader(text)
        except ValueError:
            continue
        if isinstance(read, time) and read.tzinfo is not None:
            raise RequestError(
                f"{quoted(text)} is a time of day with a zone: write it as this machine's clock"
                " shows it, as in 18:30."
            )
        if isinstance(read, datetime) and read.tzinfo is not None:
            try:
                read.astimezone()
            except (ValueError, OverflowError, OSError):
                continue  # a zone puts it before the year 1 or after 9999
        return read
    raise RequestError(f"{quoted(text)} is no date or time: write 2024-05-31 or 18:30.")


def quoted(text: str) -> str:
    """Return a value as an error shows it, however long it is."""
    return repr(text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…")
