"""Names of files: made from a question or a title, so that every system takes them. Pure."""

from __future__ import annotations

import unicodedata

_LONGEST_NAME_BYTES = 100
_RESERVED = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))}


def name_for(query: str, suffix: str) -> str:
    """Return a file name for a question: its letters and digits of any script, joined by dashes.

    >>> name_for("A dog catches a frisbee!", ".xspf")
    'a-dog-catches-a-frisbee.xspf'
    """
    kept = [
        character if unicodedata.category(character)[0] in "LNM" else " "
        for character in unicodedata.normalize("NFC", query.casefold())
    ]
    stem = "-".join("".join(kept).split())
    cut = stem.encode()[:_LONGEST_NAME_BYTES].decode(errors="ignore")
    if len(cut) < len(stem) and "-" in cut:
        cut = cut.rsplit("-", 1)[0]
    if not cut or cut in _RESERVED:
        cut = f"moments-{cut}".strip("-")
    return cut + suffix
