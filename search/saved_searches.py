"""Saved searches: questions kept with a library by name, and what each has shown already."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from indexer.errors import LibraryError, RequestError
from search.ranking.moments import Moment

_NAME = "saved.json"
_PATIENCE_S = 10.0
_NAMED = re.compile(r"[^\W_][\w.-]*")
_REFERENCE = re.compile(r"@([^\s@;\"]+)(?=\s|;|$)")


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A question under a name.

    `playlist` is a file that indexing keeps fresh, '' for none; `seen` are the stretches (content,
    start and end in ms) that have been told as new before.
    """

    name: str
    query: str
    limit: int = 50
    playlist: str = ""
    seen: tuple[tuple[str, int, int], ...] = ()

    def unseen(self, moments: Sequence[Moment]) -> list[Moment]:
        """Return the moments of which no part has been told before."""
        told: dict[str, list[tuple[int, int]]] = {}
        for content, start_ms, end_ms in self.seen:
            told.setdefault(content, []).append((start_ms, end_ms))
        return [
            moment
            for moment in moments
            if not any(
                moment.start_ms < end_ms and start_ms < moment.end_ms
                for start_ms, end_ms in told.get(moment.video.fingerprint, ())
            )
        ]

    def having_seen(self, moments: Sequence[Moment]) -> SavedSearch:
        """Return this search with some moments told."""
        places = [(m.video.fingerprint, m.start_ms, m.end_ms) for m in moments]
        return replace(self, seen=tuple(dict.fromkeys((*self.seen, *places))))


class SavedSearches:
    """The saved searches of the library in a folder; several processes may change them."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME

    def all(self) -> list[SavedSearch]:
        """Return the saved searches by name.

        Raises:
            LibraryError: the file that holds them is damaged or cannot be read.
        """
        return [found for _, found in sorted(self._read().items())]

    def get(self, name: str) -> SavedSearch:
        """Return the search of that name.

        Raises:
            RequestError: there is none.
        """
        known = self._read()
        if name not in known:
            listed = ", ".join(sorted(known)) or "none yet"
            raise RequestError(f"No search is saved as {name!r} (there are: {listed}).")
        return known[name]

    def put(self, search: SavedSearch) -> None:
        """Keep a search, in place of one of the same name.

        Raises:
            RequestError: its name cannot be written after an @.
            LibraryError: the library's folder cannot be written.
        """
        if not _NAMED.fullmatch(search.name):
            raise RequestError(
                f"{search.name!r} is no name for a search: use letters, digits, . _ and -, and no"
                " spaces."
            )
        with self._changing() as known:
            known[search.name] = search

    def drop(self, name: str) -> None:
        """Forget the search of that name.

        Raises:
            RequestError: there is none.
        """
        self.get(name)
        with self._changing() as known:
            known.pop(name, None)

    def expand(self, query: str) -> str:
        """Return a query with what stands in it as @NAME put in words; quoted text stays.

        Raises:
            RequestError: there is no search of a name.
        """
        if "@" not in query:
            return query
        parts = re.split(r'("[^"]*")', query)
        return "".join(
            part if part.startswith('"') else self._expanded(part, bool(number))
            for number, part in enumerate(parts)
        )

    def _expanded(self, part: str, inside: bool) -> str:
        def named(found: re.Match[str]) -> str:
            begins = found.start() == 0 and not inside
            before = part[: found.start()]
            if not (begins or before.endswith((" ", ";", "\t"))):
                return found.group()  # like:rex.mp4@12:30
            return self.get(found[1]).query

        return _REFERENCE.sub(named, part)

    def _read(self) -> dict[str, SavedSearch]:
        try:
            facts: list[dict[str, Any]] = json.loads(self._path.read_text("utf-8"))
            searches = [SavedSearch(**{**one, "seen": _places(one["seen"])}) for one in facts]
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise LibraryError(f"{self._path} cannot be read ({error.strerror}).") from error
        except (ValueError, TypeError, KeyError) as error:
            raise LibraryError(
                f"{self._path} is damaged: delete it to begin anew, or restore it from a backup."
            ) from error
        return {search.name: search for search in searches}

    @contextmanager
    def _changing(self) -> Iterator[dict[str, SavedSearch]]:
        """Let the searches be changed, one process at a time, whole or not at all."""
        part = self._path.with_suffix(".json.part")
        try:
            with FileLock(self._path.with_suffix(".lock"), timeout=_PATIENCE_S):
                known = self._read()
                yield known
                with part.open("w", encoding="utf-8") as file:
                    json.dump([asdict(one) for one in known.values()], file, ensure_ascii=False)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(self._path)
        except Timeout:
            raise LibraryError(
                f"Another scenelist is changing {self._path}: try again in a moment."
            ) from None
        except OSError as error:
            raise LibraryError(
                f"{self._path} cannot be written ({error.strerror}): check the disk and its"
                " permissions."
            ) from error


def _places(seen: Sequence[Sequence[Any]]) -> tuple[tuple[str, int, int], ...]:
    return tuple((str(content), int(start_ms), int(end_ms)) for content, start_ms, end_ms in seen)
