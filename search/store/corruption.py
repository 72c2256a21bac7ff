"""Looks for what of a library's tables cannot be read; each is opened anew and read whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.errors import LibraryError
from search.store import manifest
from search.store.lance_import import lancedb
from search.store.manifest import Manifest

_AT_ONCE = 16_384
WORDS = "words"
_NEEDED = {
    "files": {"path", "fingerprint"},
    "videos": {"fingerprint", "recipe"},
    WORDS: {"fingerprint", "key"},
}
SEGMENTS_TABLE = re.compile(r"segments(_\d+)?")
# How a panic of LanceDB's own code comes here, by the way it was called.
_PANICS = {"PanicException", "RustPanic"}
# The first schema in which what is said has tables of its own.
_SAID_SINCE = 3


@dataclass(frozen=True, slots=True)
class Damage:
    """A table that cannot be read; or with `index`, one whose search index cannot."""

    folder: Path
    table: str
    index: bool = False
    missing: bool = False

    @property
    def sentence(self) -> str:
        """Say what is damaged and what to do."""
        what = f"The library in {self.folder}"
        if self.index:
            return (
                f"{what} is damaged in the search index of its table of {self.table}: run"
                " `scenelist doctor --repair`, which makes it anew."
            )
        how = "lacks" if self.missing else "is damaged in"
        return (
            f"{what} {how} its table of {self.table}: run `scenelist doctor --repair`, which saves"
            " what can be read, then `scenelist index` on your videos."
        )


def sentences_table(segments: str) -> str:
    """Return the name of the table of sentences that goes with one of segments.

    >>> sentences_table("segments"), sentences_table("segments_2")
    ('sentences', 'sentences_2')
    """
    return segments.replace("segments", "sentences", 1)


def shown(table: str) -> str:
    """Return what a table holds, for people.

    >>> shown("segments_2"), shown("files")
    ('segments', 'files')
    """
    return table.partition("_")[0]


def is_failure(error: BaseException) -> bool:
    """Whether an error may be LanceDB's about a damaged file; a Rust panic may be no Exception."""
    kinds = OSError, RuntimeError, ValueError, LookupError, MemoryError, OverflowError
    return isinstance(error, kinds) or type(error).__name__ in _PANICS


def look(folder: Path) -> list[Damage]:
    """Return which tables cannot be read, else which cannot be searched."""
    try:
        known = manifest.read(folder)
    except LibraryError:
        known = Manifest()
    searched = [known.segments]
    tables = ["files", "videos", known.segments]
    if known.schema >= _SAID_SINCE:
        searched.append(sentences_table(known.segments))
        tables += [searched[-1], WORDS]
    damages = []
    for name in tables:
        if not (folder / f"{name}.lance").is_dir():
            damages.append(Damage(folder, shown(name), missing=True))
        elif not readable(folder, name):
            damages.append(Damage(folder, shown(name)))
    return damages or [
        Damage(folder, shown(name), index=True) for name in searched if not searchable(folder, name)
    ]


def readable(folder: Path, name: str) -> bool:
    """Whether a table can be read whole."""
    try:
        table = lancedb().connect(str(folder)).open_table(name)
        if not has_columns(table):
            return False
        for _ in batches(table):
            pass
    except BaseException as error:
        if not is_failure(error):
            raise
        return False
    return True


def has_columns(table: Any) -> bool:
    """Whether a table has the columns it needs: a blank manifest is one of a table without any."""
    needed = _NEEDED.get(table.name, {"fingerprint", "staged", "vector"})
    return needed <= set(table.schema.names)


def whole(table: Any, folder: Path) -> Any:
    """Return a table as it is, if it has the columns it needs.

    Raises:
        LibraryError: it has not.
    """
    if not has_columns(table):
        raise LibraryError(Damage(folder, shown(table.name)).sentence)
    return table


def batches(table: Any) -> Iterator[Any]:
    """Yield all rows of a table, every value made a Python or NumPy one."""
    for batch in table.search().to_batches(_AT_ONCE):
        batch.validate(full=True)
        yield batch


def searchable(folder: Path, name: str) -> bool:
    """Whether the indexes of a table of segments can be searched: every one is tried."""
    try:
        table = lancedb().connect(str(folder)).open_table(name)
        for index in table.list_indices():
            for column in index.columns:
                _try(table, column)
    except BaseException as error:
        if not is_failure(error):
            raise
        return False
    return True


def _try(table: Any, column: str) -> None:
    if column == "vector":
        vector = [1.0] * table.schema.field("vector").type.list_size
        table.search(vector).distance_type("cosine").limit(3).to_arrow()
    elif column == "fingerprint":
        table.search().where("fingerprint = 'x'").limit(1).to_arrow()
    else:
        from lancedb.query import MatchQuery

        # A word that is there, so that the list of its rows is read too.
        rows = table.search().where(f"{column} <> ''").select([column]).limit(20).to_arrow()
        words = " ".join(re.findall(r"\w+", " ".join(rows[column].to_pylist()))[:200])
        for words_of in (words, "zzz"):
            table.search(MatchQuery(words_of or "zzz", column)).limit(20).to_arrow()
