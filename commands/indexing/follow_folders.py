"""Goes on indexing what appears or changes in folders, until the user has had enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from time import sleep
from typing import TYPE_CHECKING

from commands.indexing.execution import Runs
from commands.indexing.request import IndexRequest
from commands.terminal.console import say
from commands.terminal.fresh_playlists import keep_playlists_fresh
from indexer.errors import LibraryBusyError
from indexer.pipeline.stopping import Stopping
from indexer.scanning.watch import follow

if TYPE_CHECKING:
    from search.library import Library

# How often to see whether another process has done with the library.
_LOOK_AGAIN_S = 1.0


def watch(runs: Runs, asked: IndexRequest) -> int:
    """Carry out runs, then index what changes until the user has had enough.

    Where another process writes to the library, its end is waited for. Returns the exit status.
    """
    status = _once_free(runs.carry_out)
    if runs.stopping.reason():
        return status
    over = Event()
    try:
        say(f"Watching {', '.join(str(path) for path in asked.paths)}; Ctrl-C ends.")
        with _set_when(runs.stopping, over):
            for changed in follow(asked.paths, asked.exclude, stop=over):
                files = _sizes(changed)
                if files:
                    status = max(status, _once_free(runs.again(files).carry_out))
                elif _knows_any(runs.library, changed):
                    keep_playlists_fresh(runs.library)
        say(f"No longer watching: {runs.stopping.reason()}.")
    except KeyboardInterrupt:
        say("No longer watching.")
    return status


def _sizes(paths: Sequence[Path]) -> dict[Path, int]:
    """Return how large files are, without those that are gone, or go just now."""
    sizes: dict[Path, int] = {}
    for path in paths:
        with suppress(OSError):
            sizes[path] = path.stat().st_size
    return sizes


def _knows_any(library: Library, gone: Sequence[Path]) -> bool:
    """Whether some files or folders that are gone are, or held, videos of a library."""
    paths = set(gone)
    return any(path in paths or not paths.isdisjoint(path.parents) for path in library.paths())


@contextmanager
def _set_when(stopping: Stopping, over: Event) -> Iterator[None]:
    """Set an event as soon as there is a reason to stop, asked every other second."""
    left = Event()

    def look() -> None:
        while not left.wait(_LOOK_AGAIN_S):
            if stopping.reason():
                over.set()
                return

    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        left.set()
        thread.join(10 * _LOOK_AGAIN_S)


def _once_free(run: Callable[[], int]) -> int:
    """Run as soon as no other process writes to the library; Ctrl-C ends the wait."""
    told = False
    while True:
        try:
            return run()
        except LibraryBusyError as error:
            if not told:
                say(f"{str(error).partition(':')[0]}: waiting until it is done.")
            told = True
            sleep(_LOOK_AGAIN_S)
