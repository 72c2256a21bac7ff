"""Videos that are described and not to be found: what ignore files that came later name."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from indexer.errors import LibraryError
from indexer.scanning.scan import absolute, ignored
from search.store.stored_paths import to_path, to_text

_NAME = "hidden.json"


@dataclass(frozen=True, slots=True)
class Changes:
    """What ignore files hide that was found before, and how many videos are found `again`.

    `hiding` are the ignore files, each with how many videos it newly hides.
    """

    hiding: list[tuple[Path, int]]
    again: int


class Hidden:
    """The paths that the library in a folder keeps out of its answers."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME

    def mark(self) -> tuple[int, int]:
        """Return what changes whenever the paths do."""
        with suppress(OSError):
            status = self._path.stat()
            return status.st_mtime_ns, status.st_ino
        return 0, 0

    def paths(self) -> frozenset[Path]:
        """Return the hidden paths.

        Raises:
            LibraryError: the file that holds them is damaged or cannot be read.
        """
        try:
            listed = json.loads(self._path.read_text("utf-8"))
            return frozenset(to_path(name) for name in listed)
        except FileNotFoundError:
            return frozenset()
        except OSError as error:
            raise LibraryError(f"{self._path} cannot be read ({error.strerror}).") from error
        except (ValueError, TypeError) as error:
            raise LibraryError(
                f"{self._path} is damaged: delete it, and `scenelist index` will find again what"
                " ignore files name."
            ) from error

    def put(self, paths: Iterable[Path]) -> None:
        """Hide these paths and no others; only the library's one writer may.

        Raises:
            LibraryError: the library's folder cannot be written.
        """
        part = self._path.with_suffix(".json.part")
        try:
            part.write_text(json.dumps(sorted(map(to_text, paths)), ensure_ascii=False), "utf-8")
            part.replace(self._path)
        except OSError as error:
            raise LibraryError(
                f"{self._path} cannot be written ({error.strerror}): check the disk and its"
                " permissions."
            ) from error

    def follow_ignore_files(self, known: Sequence[Path], roots: Sequence[Path]) -> Changes:
        """Hide the known paths below some folders that ignore files name now, and no others there.

        Only the library's one writer may call this.
        """
        roots = [absolute(root) for root in roots]
        before = self.paths()
        below = [path for path in known if any(path.is_relative_to(root) for root in roots)]
        by = ignored(below, roots)
        after = ((before & set(known)) - set(below)) | by.keys()
        if after != before:
            self.put(after)
        newly = Counter(by[path] for path in by.keys() - before)
        return Changes(sorted(newly.items()), len((before & set(known)) - after))
