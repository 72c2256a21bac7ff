"""References in a query: @NAME stands for the query that is saved under that name. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache

from indexer.errors import RequestError

# Searches that use searches grow fast: nobody means a question as long as this.
LONGEST = 10_000
_REFERENCE = re.compile(r"@([^\s@;\"]+)(?=\s|;|$)")
_QUOTED = re.compile(r'("[^"]*")')


def name_of(text: str) -> str:
    """Return a name as it is kept: composed, so that é is one character however it was typed."""
    return unicodedata.normalize("NFC", text)


def expanded(query: str, saved: Mapping[str, str]) -> str:
    """Return a query with what is saved in place of each @NAME, at any depth; quoted text stays.

    Raises:
        RequestError: nothing is saved under a name, what is saved refers to itself, or all of it
            is longer than a question can be.
    """
    trail: list[str] = []

    @cache
    def of_name(name: str) -> str:
        if name not in saved:
            raise unknown(name, saved)
        if name in trail:
            circle = " → ".join(f"@{each}" for each in (*trail[trail.index(name) :], name))
            raise RequestError(
                f"@{name} refers to itself ({circle}): save one of them with another query."
            )
        trail.append(name)
        try:
            return replaced(saved[name], of_name)
        finally:
            trail.pop()

    return replaced(query, of_name)


def names_in(query: str) -> frozenset[str]:
    """Return the names that a query refers to itself, without those that these refer to."""
    names: set[str] = set()

    def note(name: str) -> str:
        names.add(name)
        return ""

    replaced(query, note)
    return frozenset(names)


def renamed(query: str, old: str, new: str) -> str:
    """Return a query that refers to `new` where it referred to `old`."""
    return replaced(query, lambda name: f"@{new if name == old else name}")


def replaced(query: str, of_name: Callable[[str], str]) -> str:
    """Return a query with something else in place of each @NAME.

    Raises:
        RequestError: it is longer then than a question can be; or what `of_name` raises.
    """
    if "@" not in query:
        return query
    parts, length = [], 0
    for number, part in enumerate(_QUOTED.split(query)):
        new = part if part.startswith('"') else _in_part(part, of_name, inside=bool(number))
        length += len(new)
        if length > LONGEST:
            raise RequestError(
                f"What stands in this question as @NAME makes it longer than {LONGEST:,}"
                " characters: ask for less at a time."
            )
        parts.append(new)
    return "".join(parts)


def _in_part(part: str, of_name: Callable[[str], str], *, inside: bool) -> str:
    def named(found: re.Match[str]) -> str:
        begins = found.start() == 0 and not inside
        if not (begins or part[: found.start()].endswith((" ", ";", "\t", "\n"))):
            return found.group()  # like:rex.mp4@12:30
        return of_name(name_of(found[1]))

    return _REFERENCE.sub(named, part)


def unknown(name: str, saved: Mapping[str, object]) -> RequestError:
    """Return what to tell of a name under which nothing is saved."""
    listed = ", ".join(sorted(saved)) or "none yet"
    return RequestError(f"No search is saved as {name!r} (there are: {listed}).")
