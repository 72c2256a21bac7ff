"""The command line as a process of its own, and what a process has started."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]
_PROGRAM = """
import sys
import cli
from indexer.describing.describer import DESCRIBERS
for kind in ("ending", "ending-once", "slow"):
    DESCRIBERS[kind] = "tests.ending_describer"
sys.argv[0] = "scenelist"
cli.main()
"""


def program(folder: Path) -> list[str | Path]:
    """Return the command line that also knows the describers of `tests.ending_describer`."""
    path = folder / "program.py"
    path.write_text(_PROGRAM, "utf-8")
    return [sys.executable, path]


def descendants(pid: int) -> dict[int, str]:
    """Return the processes that a process started, and those started, with what they are."""
    parents: dict[int, tuple[int, str]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text()
                line = (entry / "cmdline").read_bytes().split(b"\0")[0].decode("utf-8", "replace")
            except OSError:
                continue
            parents[int(entry.name)] = (int(status.rpartition(")")[2].split()[1]), line)
    found: dict[int, str] = {}
    while new := {
        each: line
        for each, (parent, line) in parents.items()
        if each not in found and (parent == pid or parent in found)
    }:
        found |= new
    return found
