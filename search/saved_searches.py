"""Saved searches: questions kept with a library by name, and what each has shown already."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from indexer.errors import LibraryBusyError, LibraryError, RequestError
from search.coverage import Coverage
from search.query.parser import EMPTY, parse
from search.query.references import expanded, name_of, names_in, renamed, unknown
from search.ranking.moments import Moment

_NAME = "saved.json"
# Where it is kept what a library held when news were told last, each state once.
_TOLD = "told"
# A change takes milliseconds; who tells may wait for a question to be answered, and for a reader.
_PATIENCE_S = 10.0
_TELLING_S = 60.0
LONGEST_NAME = 60
_NAMED = re.compile(rf"[^\W_][\w.-]{{0,{LONGEST_NAME - 1}}}")


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A question under a name.

    `playlist` is a file that indexing keeps fresh, '' for none. What has been told as new goes for
    `question`, the query in full as it was then: `seen` are the stretches (content, start and end
    in ms) that were, and `told` is the state of the library they were found in, '' for none.
    """

    name: str
    query: str
    limit: int = 50
    playlist: str = ""
    seen: tuple[tuple[str, int, int], ...] = ()
    told: str = ""
    question: str = ""

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

    def asking(self, question: str) -> SavedSearch:
        """Return this search as it asks a question: of another one nothing has been told yet."""
        if self.question in {"", question}:
            return replace(self, question=question)
        return replace(self, question=question, seen=(), told="")


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

    def find(self, name: str) -> SavedSearch | None:
        """Return the search of that name, if there is one."""
        return self._read().get(name_of(name))

    def get(self, name: str) -> SavedSearch:
        """Return the search of that name.

        Raises:
            RequestError: there is none.
        """
        known = self._read()
        if (found := known.get(name_of(name))) is None:
            raise unknown(name, known)
        return found

    def put(self, search: SavedSearch) -> None:
        """Keep a search, in place of one of the same name.

        Raises:
            RequestError: as `check`.
            LibraryError: the library's folder cannot be written.
        """
        with self._changing() as known:
            search = replace(search, name=name_of(search.name))
            _check(search, known)
            known[search.name] = search

    def check(self, search: SavedSearch) -> None:
        """Do nothing where a search can be kept.

        Raises:
            RequestError: its name cannot be written after an @; it cannot be asked, or others that
                use it no longer could; another keeps the same playlist.
        """
        _check(replace(search, name=name_of(search.name)), self._read())

    def rename(self, old: str, new: str) -> SavedSearch:
        """Give a search another name, and those that use it that name too; return it.

        Raises:
            RequestError: there is none of the old name, or already one of the new, or that is no
                name.
        """
        old, new = name_of(old), name_of(new)
        with self._changing() as known:
            if old not in known:
                raise unknown(old, known)
            _check_name(new)
            if new in known:
                raise RequestError(
                    f"A search is saved as @{new} already: choose another name, or drop that one."
                )
            searches = [replace(s, query=renamed(s.query, old, new)) for s in known.values()]
            known.clear()
            known.update((s.name, s) for s in searches)
            known[new] = replace(known.pop(old), name=new)
            return known[new]

    def drop(self, *names: str) -> None:
        """Forget the searches of those names.

        Raises:
            RequestError: there is none of a name, or another search uses it.
        """
        with self._changing() as known:
            gone = {name_of(name): known.pop(name_of(name), None) for name in names}
            for name, search in gone.items():
                if search is None:
                    raise unknown(name, known)
                if users := sorted(s.name for s in known.values() if name in names_in(s.query)):
                    raise RequestError(
                        f"@{name} is used by {_listed(users)}: drop"
                        f" {'these' if users[1:] else 'that'} first, or save"
                        f" {'them' if users[1:] else 'it'} without @{name}."
                    )

    def expand(self, query: str) -> str:
        """Return a query with what stands in it as @NAME put in words; quoted text stays.

        Raises:
            RequestError: there is no search of a name, or one refers to itself.
        """
        if "@" not in query:
            return query
        return expanded(query, {name: one.query for name, one in self._read().items()})

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Be the one process that tells news, for a while; a crash ends that too.

        Raises:
            LibraryBusyError: another one has been telling for too long.
            LibraryError: the library's folder cannot be written.
        """
        lock = FileLock(self._path.with_suffix(".telling.lock"))
        try:
            lock.acquire(timeout=_TELLING_S)
        except Timeout:
            raise LibraryBusyError(
                "Another scenelist is telling what is new: wait until it is done, or stop it."
            ) from None
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            yield
        finally:
            lock.release()

    def known_to(self, search: SavedSearch) -> Coverage:
        """Return what the library held when something was told of a search last.

        Where that is lost nothing is known, and all that was not told itself is told anew.
        """
        if not search.told:
            return {}
        try:
            facts = json.loads(self._told(search.told).read_text("utf-8"))
            return {
                str(name): {str(key): _pairs(flat) for key, flat in by_key.items()}
                for name, by_key in facts.items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def remember(self, told: Mapping[str, tuple[SavedSearch, Coverage]]) -> None:
        """Remember, of searches that have told what is new, that they have, and in what state.

        One that was dropped or asks something else since is left as it is.

        Raises:
            LibraryError: the library's folder cannot be written.
        """
        with self._changing() as known:
            for name, (search, coverage) in told.items():
                if (now := known.get(name)) is not None and now.query == search.query:
                    mark = self._keep(coverage)
                    known[name] = replace(
                        now, seen=search.seen, question=search.question, told=mark
                    )
            used = {search.told for search in known.values()}
        with suppress(OSError):
            for path in (self._path.parent / _TOLD).glob("*.json"):
                if path.stem not in used:
                    path.unlink()

    def _keep(self, coverage: Coverage) -> str:
        """Write a state of the library down, if it is not; return what it is called."""
        facts = {
            name: {key: [ms for pair in some for ms in pair] for key, some in by_key.items()}
            for name, by_key in sorted(coverage.items())
        }
        data = json.dumps(facts, sort_keys=True, separators=(",", ":"))
        mark = hashlib.sha256(data.encode("ascii")).hexdigest()[:24]
        path = self._told(mark)
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            _write(path, data)
        return mark

    def _told(self, mark: str) -> Path:
        return self._path.parent / _TOLD / f"{mark}.json"

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
        try:
            with FileLock(self._path.with_suffix(".lock"), timeout=_PATIENCE_S):
                known = self._read()
                yield known
                facts = [asdict(one) for one in known.values()]
                _write(self._path, json.dumps(facts))  # ASCII: what is no Unicode, too
        except Timeout:
            raise LibraryError(
                f"Another scenelist is changing {self._path}: try again in a moment."
            ) from None
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> LibraryError:
        return LibraryError(
            f"{self._path} cannot be written ({error.strerror}): check the disk and its"
            " permissions."
        )


def _check(search: SavedSearch, known: Mapping[str, SavedSearch]) -> None:
    """Raise RequestError where a search cannot be kept beside those that are known."""
    _check_name(search.name)
    before = {name: one.query for name, one in known.items()}
    after = before | {search.name: search.query}
    if parse(expanded(search.query, after)).empty:
        raise RequestError(EMPTY)
    for name, one in known.items():
        if name == search.name:
            continue
        if _makes_sense(one.query, before) and not _makes_sense(one.query, after):
            raise RequestError(
                f"@{name} uses @{search.name}, and could not be asked any more: save that one"
                " first with another query."
            )
        if search.playlist and _is_one(search.playlist, one.playlist):
            raise RequestError(
                f"{search.playlist} is the playlist of @{name}: choose another one with -o."
            )


def _makes_sense(query: str, saved: Mapping[str, str]) -> bool:
    try:
        return not parse(expanded(query, saved)).empty
    except RequestError:
        return False


def _check_name(name: str) -> None:
    if len(name) > LONGEST_NAME:
        raise RequestError(
            f"A name of {len(name)} characters is too long: use at most {LONGEST_NAME}."
        )
    if not _NAMED.fullmatch(name):
        raise RequestError(
            f"{name!r} is no name for a search: use letters, digits, . _ and -, and no spaces."
        )


def _is_one(path: str, other: str) -> bool:
    """Whether two paths lead to one file, by name or by link."""
    if not other:
        return False
    try:
        return Path(path).samefile(other)
    except OSError:
        return os.path.realpath(path) == os.path.realpath(other)


def _listed(names: Sequence[str]) -> str:
    marked = [f"@{name}" for name in names]
    return " and ".join(filter(None, (", ".join(marked[:-1]), marked[-1])))


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    part = path.with_suffix(".json.part")
    with part.open("w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _pairs(flat: Sequence[Any]) -> tuple[tuple[int, int], ...]:
    return tuple((int(start), int(end)) for start, end in zip(flat[::2], flat[1::2], strict=True))


def _places(seen: Sequence[Sequence[Any]]) -> tuple[tuple[str, int, int], ...]:
    return tuple((str(content), int(start_ms), int(end_ms)) for content, start_ms, end_ms in seen)
