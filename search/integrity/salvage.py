"""Saves what can be read of a library's damaged tables, row by row."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from search.integrity import checksums
from search.store.corruption import is_failure, readable
from search.store.errors import told
from search.store.lance_import import lancedb
from search.store.rows import as_table, columns_of
from search.store.stored_paths import to_path

_READ_AT_ONCE = 16_384


class DamagedTables:
    """The tables in a folder, some of whose files (`changed`) are not what was written.

    Rows of such files are kept only where they could not be had again from a video that is at
    hand.
    """

    def __init__(self, folder: Path) -> None:
        self.changed = checksums.changed(folder)
        self._folder = folder

    def open(self, name: str) -> Any:
        """Return a table as it is."""
        return lancedb().connect(str(self._folder)).open_table(name)

    def is_sound(self, name: str) -> bool:
        """Whether a table can be read, after its newest manifest was put back if need be."""
        if not self._exists(name):
            return False
        manifests = f"{name}.lance/_versions/"
        broken = any(each.startswith(manifests) for each in self.changed)
        if broken or not self._opens(name):
            checksums.restore_manifest(self._folder, name)
        return not self._suspects(name) and readable(self._folder, name)

    def saved_rows(
        self, name: str, row: type, here: set[str] | None = None
    ) -> list[dict[str, Any]]:
        """Return the rows that can be read of a table's newest version that can be opened."""
        if not self._exists(name):
            return []
        for newest in checksums.newest_manifests(self._folder, name):
            if self._opens(name):
                break
            newest.rename(newest.with_suffix(".damaged"))
            (newest.parent / "latest_version_hint.json").unlink(missing_ok=True)
        if not self._opens(name):
            return []
        columns = columns_of(row)
        with _away(self._suspects(name)):
            trusted = dict(_every_row(self.open(name), columns))
        doubtful = {}
        if self._suspects(name):
            everything = dict(_every_row(self.open(name), columns))
            doubtful = {
                offset: facts
                for offset, facts in everything.items()
                if offset not in trusted and _is_kept(facts, here)
            }
        return [facts for _, facts in sorted({**trusted, **doubtful}.items())]

    def take_back(self, name: str) -> None:
        """Put back what a repair that was interrupted had taken aside: it may have made half."""
        aside = self._folder / f"{name}.lance.damaged"
        if aside.exists():
            shutil.rmtree(self._folder / f"{name}.lance", ignore_errors=True)
            aside.rename(self._folder / f"{name}.lance")

    @contextmanager
    def aside(self, name: str) -> Iterator[None]:
        """Take a table aside while it is made anew."""
        place, aside = self._folder / f"{name}.lance", self._folder / f"{name}.lance.damaged"
        if place.exists():
            place.rename(aside)
        yield
        checksums.forget(self._folder, name)
        shutil.rmtree(aside, ignore_errors=True)

    def make(self, name: str, row: type, rows: Sequence[dict[str, Any]]) -> None:
        """Make a table of files, videos or words with these rows; there must be none so called."""
        given = as_table(row, [row(**facts) for facts in rows])
        with told(self._folder):
            lancedb().connect(str(self._folder)).create_table(name, given, schema=given.schema)

    def _exists(self, name: str) -> bool:
        return (self._folder / f"{name}.lance").is_dir()

    def _suspects(self, name: str) -> list[Path]:
        return [
            self._folder / each
            for each in self.changed
            if each.startswith((f"{name}.lance/data/", f"{name}.lance/_deletions/"))
        ]

    def _opens(self, name: str) -> bool:
        try:
            table = self.open(name)
            table.count_rows()
        except BaseException as error:
            if not is_failure(error):
                raise
            return False
        return "fingerprint" in table.schema.names


def _is_kept(facts: dict[str, Any], here: set[str] | None) -> bool:
    """Whether a row that may be wrong is better than none."""
    if here is None:
        return bool(facts["imported"]) or not to_path(facts["path"]).exists()
    return facts["fingerprint"] not in here


def _every_row(table: Any, columns: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows of a table that can be read, with their offsets."""
    known = [name for name in columns if name in table.schema.names]
    total = int(table.count_rows())
    for first in range(0, total, _READ_AT_ONCE):
        yield from _rows(table, known, first, min(first + _READ_AT_ONCE, total))


def _rows(
    table: Any, columns: list[str], first: int, last: int
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows that can be read, with their offsets: halves of what cannot are tried."""
    if first >= last:
        return
    try:
        found = table.take_offsets(list(range(first, last))).select(columns).to_arrow()
        found.validate(full=True)
        rows = found.to_pylist()
        if len(rows) != last - first or any(None in row.values() for row in rows):
            raise ValueError("rows are missing")
    except BaseException as error:
        if not is_failure(error):
            raise
        if last - first > 1:
            middle = (first + last) // 2
            yield from _rows(table, columns, first, middle)
            yield from _rows(table, columns, middle, last)
        return
    yield from zip(range(first, last), rows, strict=True)


@contextmanager
def _away(paths: Sequence[Path]) -> Iterator[None]:
    """Take files away for a while, so that no row is read from them."""
    moved = [(path, path.with_name(f"{path.name}.suspect")) for path in paths]
    try:
        for path, away in moved:
            path.rename(away)
        yield
    finally:
        for path, away in moved:
            if away.exists():
                away.rename(path)
