"""What an indexing run says of itself while it goes on, for others that ask after it."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass
from os import getpid
from pathlib import Path
from time import time

from indexer.processes.liveness import is_alive

_NAME = "running.json"
# A run on another machine that has been silent for so long is taken to have ended.
_SILENT_S = 900.0


@dataclass(frozen=True, slots=True)
class Running:
    """How far a run is; lengths of video in ms, None while they are not known.

    `windows` have been described so far, `seconds_left` is how long it still takes; `sure` is False
    while that is a guess. `name` is the file being described, `first_look` says that this is a
    quick pass after which another follows.
    """

    files_done: int
    files: int
    windows: int
    done_ms: int
    left_ms: int | None
    seconds_left: float | None
    sure: bool
    speed: float
    name: str
    first_look: bool = False


def tell(folder: Path, running: Running) -> None:
    """Say how far the run of this process is; where that cannot be written, it is not."""
    facts = {**asdict(running), "host": socket.gethostname(), "pid": getpid(), "told_s": time()}
    part = folder / f"{_NAME}.part"
    with suppress(OSError):
        part.write_text(json.dumps(facts), "ascii")
        part.replace(folder / _NAME)


def ended(folder: Path) -> None:
    """Say that the run is over."""
    with suppress(OSError):
        (folder / _NAME).unlink()


def running_in(folder: Path) -> Running | None:
    """Return how far the run is that goes on in a library; None where there is none."""
    try:
        facts = json.loads((folder / _NAME).read_text("ascii"))
        host, pid, told_s = facts.pop("host"), int(facts.pop("pid")), float(facts.pop("told_s"))
        running = Running(**facts)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    alive = is_alive(pid, told_s) if host == socket.gethostname() else time() - told_s < _SILENT_S
    return running if alive else None
