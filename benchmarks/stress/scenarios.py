"""What happens to real files and libraries over the years, told with the real program."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep
from typing import Any

from benchmarks.stress.command_line import FAKE, can_mount, exported, run, run_read_only, start
from tests.media import render, steady

Story = tuple[str, Callable[[], str]]
_LARGEST_BYTES = 25_000_000


def stories(folder: Path, media: Path | None) -> Iterator[Story]:
    """Yield stories by name; each returns "" or what was lost. `media` holds filmed clips."""
    films = folder / "films"
    films.mkdir(parents=True)
    chosen = sorted(media.glob("*.m*")) if media is not None and media.is_dir() else []
    for path in chosen:
        if path.stat().st_size < _LARGEST_BYTES:
            shutil.copy(path, films)
    if not any(films.iterdir()):
        for number in range(6):
            render(films / f"film {number}.mp4", steady(25), file=number + 1)
    library = folder / "library"
    teller = _Teller(folder, films, library)
    yield f"index {len(list(films.iterdir()))} files", teller.index
    yield "rename their folder", teller.rename
    yield "copy a file", teller.copy
    yield "change a file", teller.change
    yield "a file goes and comes back", teller.come_back
    yield "a disk under another name, told by relocate", teller.relocate
    yield "two runs at once", teller.two_at_once
    yield "search during an upgrade that is killed, then finished", teller.upgrade
    yield "another embedder, killed in the middle, then finished", teller.reembed
    yield "the disk is full", teller.disk_full
    if can_mount():
        yield "the disk is read-only", teller.read_only
    yield "a library of a newer version", teller.newer


class _Teller:
    def __init__(self, folder: Path, films: Path, library: Path) -> None:
        self._folder, self._films, self._library = folder, films, library

    def _index(self, *arguments: str | Path) -> dict[str, Any]:
        status, out, err = run(self._library, "index", self._films, *arguments, "--json")
        if status not in {0, 3} or "Traceback" in err:
            raise RuntimeError(f"status {status}: {err}")
        facts: dict[str, Any] = json.loads(out)
        return facts

    def _texts(self) -> list[str]:
        return [_words(json.loads(line)) for line in exported(self._library)]

    def index(self) -> str:
        before = self._index(*FAKE)
        again = self._index()
        return "" if before["segments"] and not again["segments"] else f"described twice: {again}"

    def rename(self) -> str:
        words = self._texts()
        self._films = self._films.rename(self._films.with_name("films, renamed"))
        again = self._index()
        listed = json.loads(run(self._library, "list", "--json")[1])
        astray = [item["video"] for item in listed if item["state"] == "missing"]
        return "" if not again["segments"] and self._texts() == words and not astray else str(again)

    def copy(self) -> str:
        count = len(self._texts())
        first = self._first()
        shutil.copy(first, first.with_stem(f"{first.stem} copy"))
        again = self._index()
        return "" if not again["segments"] and len(self._texts()) == count else str(again)

    def change(self) -> str:
        path = self._films / "changing.mp4"
        render(path, steady(25), file=60)
        self._index()
        count = len(self._texts())
        render(path, steady(15), file=61)
        self._index()
        return "" if len(self._texts()) == count - 1 else "old descriptions stayed"

    def come_back(self) -> str:
        words = self._texts()
        path = self._films / "changing.mp4"
        away = path.rename(self._folder / "away.mp4")
        self._index()
        (gone,) = (
            item for item in json.loads(run(self._library, "list", "changing.mp4", "--json")[1])
        )
        away.rename(path)
        again = self._index()
        kept = self._texts() == words and not again["segments"]
        return "" if kept and gone["state"] == "missing" else "it was forgotten"

    def relocate(self) -> str:
        words = self._texts()
        moved = self._films.rename(self._films.with_name("another disk"))
        status, _, err = run(self._library, "relocate", self._films, moved)
        self._films = moved
        again = self._index()
        return "" if not status and not again["segments"] and self._texts() == words else err

    def two_at_once(self) -> str:
        words = self._texts()
        slow = ("index", self._films, "--window", "1", "--stride", "0.01")
        both = [start(self._library, *slow) for _ in range(2)]
        said = [process.communicate()[1] for process in both]
        refused = ["Another scenelist" in err for err in said].count(True)
        self._index("--window", "10", "--stride", "10")
        statuses = [process.returncode for process in both]
        one = refused == 1 and statuses.count(2) == 1
        return "" if one and self._texts() == words else f"statuses {statuses}: {said}"

    def upgrade(self) -> str:
        words = self._texts()
        upgrade = ("index", self._films, "--model", "fake:better", "--frames", "3")
        for wait_s in (2.5, 4.0):
            process = start(self._library, *upgrade)
            sleep(wait_s)
            if len(self._texts()) != len(words):
                return "while upgrading, not every window was there once"
            process.kill()
            process.communicate()
            if len(self._texts()) != len(words):
                return "after a kill, not every window was there once"
        run(self._library, *upgrade)
        listed = json.loads(run(self._library, "list", "--json")[1])
        models = {item["model"] for item in listed if item["state"] == "described"}
        same = len(self._texts()) == len(words)
        return "" if same and models == {"fake:better"} else f"models {models}"

    def reembed(self) -> str:
        words = self._texts()
        process = start(self._library, "reembed", "--embedder", "fake:32")
        sleep(1.2)
        process.kill()
        process.communicate()
        if self._texts() != words:
            return "after a kill, descriptions were lost"
        run(self._library, "reembed", "--embedder", "fake:32")
        found = run(self._library, "search", "a grey picture", "--json")[0]
        return "" if self._texts() == words and found == 0 else "descriptions were lost"

    def disk_full(self) -> str:
        words = self._texts()
        status, _, err = run(
            self._library,
            "index",
            self._films,
            "--window",
            "1",
            "--stride",
            "0.1",
            file_bytes=4_000,
        )
        if status != 2 or "Traceback" in err or "check the disk" not in err:
            return f"status {status}: {err}"
        if self._texts() != words:
            return "descriptions were lost"
        self._index("--window", "10", "--stride", "10")
        return "" if self._texts() == words else "descriptions were lost afterwards"

    def read_only(self) -> str:
        words = self._texts()
        found, _, _ = run_read_only(self._library, "search", "a grey picture", "-o", "-")
        status, _, err = run_read_only(self._library, "index", self._films)
        refused = status == 2 and "cannot be written" in err and "Traceback" not in err
        kept = found == 0 and self._texts() == words
        return "" if refused and kept else f"search {found}, index {status}: {err}"

    def newer(self) -> str:
        words = self._texts()
        path = self._library / "library.json"
        facts = path.read_text()
        path.write_text(facts.replace('"schema": ', '"schema": 9'))
        status, _, err = run(self._library, "index", self._films)
        path.write_text(facts)
        refused = status == 2 and "newer scenelist" in err
        return "" if refused and self._texts() == words else f"status {status}: {err}"

    def _first(self) -> Path:
        return next(path for path in sorted(self._films.iterdir()) if path.stat().st_size)


def _words(fact: dict[str, Any]) -> str:
    """Return what a line of an export says, of a window or of a sentence that is said."""
    return str(fact.get("text", fact.get("said")))
