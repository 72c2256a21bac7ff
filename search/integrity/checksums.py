"""Checksums of a library's tables, so that a flipped byte is found; their files never change."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from hashlib import file_digest
from pathlib import Path

from indexer.errors import LibraryError

_NAME = "checksums.json"
_SPARE = "spare"
# The one file in a table that is written over, and only a hint.
_HINT = "latest_version_hint.json"


def keep_up(folder: Path) -> None:
    """Note the checksums of files that are new, forget those of files that are gone.

    A file that is known already is not read: what it should be stays what it was when written.
    The newest manifest of each table, without which none of its rows is found, is kept twice.

    Raises:
        LibraryError: the folder cannot be written.
    """
    known = read(folder)
    sums = {name: known.get(name) or _digest(folder / name) for name in _files(folder)}
    try:
        _keep_manifests(folder)
        if sums != known:
            _write(folder, sums)
    except OSError as error:
        raise LibraryError(
            f"The library in {folder} cannot be written ({error.strerror}):"
            " check the disk and its permissions."
        ) from error


def forget(folder: Path, table: str = "") -> None:
    """Begin anew, after a repair; with a `table`, of that one, which was made anew."""
    if not table:
        (folder / _NAME).unlink(missing_ok=True)
        return
    known = read(folder)
    kept = {name: sums for name, sums in known.items() if not name.startswith(f"{table}.lance/")}
    if kept != known:
        _write(folder, kept)
    for spare in (folder / _SPARE).glob(f"{table}.lance.*.manifest"):
        spare.unlink(missing_ok=True)


def read(folder: Path) -> dict[str, str]:
    """Return the checksum of each file that has one, by its name within the library."""
    with suppress(OSError, ValueError):
        facts = json.loads((folder / _NAME).read_text("utf-8"))
        if isinstance(facts, dict):
            return facts
    return {}


def changed(folder: Path) -> list[str]:
    """Return the files that are not what was written, by name; reads every table whole.

    Files come and go, so one that is gone is none of them, unless it is a table's newest manifest.
    """
    names = set(_files(folder))
    known = {name: digest for name, digest in read(folder).items() if name in names}
    other = [name for name, digest in known.items() if _digest(folder / name) != digest]
    return sorted({*other, *_lost_manifests(folder)})


def unknown(folder: Path) -> int:
    """Return how many files have no checksum yet."""
    return len(set(_files(folder)) - read(folder).keys())


def restore_manifest(folder: Path, table: str) -> bool:
    """Put the copy of a table's newest manifest in its place; return whether there is one."""
    for spare in (folder / _SPARE).glob(f"{table}.lance.*.manifest"):
        name = spare.name.removeprefix(f"{table}.lance.")
        place = folder / f"{table}.lance" / "_versions" / name
        if read(folder).get(place.relative_to(folder).as_posix()) == _digest(spare):
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(spare, place)
            return True
    return False


def newest_manifests(folder: Path, table: str) -> list[Path]:
    """Return a table's manifests, the newest first."""
    # LanceDB counts versions down from 2^64, so that the newest comes first in a listing.
    paths = (folder / f"{table}.lance/_versions").glob("*.manifest")
    return sorted((path for path in paths if path.stem.isdigit()), key=lambda path: int(path.stem))


def _write(folder: Path, sums: dict[str, str]) -> None:
    part = folder / f"{_NAME}.part"
    part.write_text(json.dumps(sums, indent=0), "utf-8")
    part.replace(folder / _NAME)


def _lost_manifests(folder: Path) -> Iterator[str]:
    """Yield the newest manifests of tables that show an older version of themselves now."""
    for spare in (folder / _SPARE).glob("*.lance.*.manifest"):
        table, _, name = spare.name.partition(".lance.")
        there = newest_manifests(folder, table)
        if there and int(there[0].stem) > int(name.partition(".")[0]):
            yield f"{table}.lance/_versions/{name}"


def _keep_manifests(folder: Path) -> None:
    spare = folder / _SPARE
    spare.mkdir(mode=0o700, exist_ok=True)
    wanted = set()
    for table in folder.glob("*.lance"):
        for newest in newest_manifests(folder, table.stem)[:1]:
            name = f"{table.name}.{newest.name}"
            wanted.add(name)
            if not (spare / name).exists():
                part = spare / "manifest.part"
                shutil.copyfile(newest, part)
                part.replace(spare / name)
    for old in spare.glob("*.manifest"):
        if old.name not in wanted:
            old.unlink(missing_ok=True)


def _files(folder: Path) -> Iterator[str]:
    for table in sorted(folder.glob("*.lance")):
        for path in sorted(table.rglob("*")):
            if path.is_file() and path.name != _HINT:
                yield path.relative_to(folder).as_posix()


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file_digest(file, "blake2b").hexdigest()[:32]
    except OSError:
        return ""
