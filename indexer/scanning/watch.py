"""Follows folders: tells of videos that are new or changed, once they are whole, or gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic

from indexer.scanning.file_names import as_on_disk
from indexer.scanning.scan import absolute, scan, wanted

# A file is whole when neither its size nor its time has changed for this long.
SETTLED_S = 5.0


@dataclass(slots=True)
class _Waiting:
    """Files that were written to, with the size and time last seen and since when they hold."""

    settled_s: float
    _seen: dict[Path, tuple[int, int, float]] = field(default_factory=dict)

    def touch(self, path: Path) -> None:
        self._seen.setdefault(path, (-1, -1, monotonic()))

    def ready(self) -> list[Path]:
        """Return the files that have stopped growing; those that are gone are forgotten."""
        whole = []
        for path, (size, time_ns, since) in list(self._seen.items()):
            try:
                stat = path.stat()
            except OSError:
                del self._seen[path]
                continue
            if (stat.st_size, stat.st_mtime_ns) != (size, time_ns):
                self._seen[path] = stat.st_size, stat.st_mtime_ns, monotonic()
            elif monotonic() - since >= self.settled_s:
                whole.append(path)
                del self._seen[path]
        return sorted(whole)


def follow(
    paths: Sequence[Path],
    exclude: Sequence[str] = (),
    settled_s: float = SETTLED_S,
    stop: Event | None = None,
) -> Iterator[list[Path]]:
    """Yield lists of video files that have appeared or changed, each once it stopped growing.

    `paths` and `exclude` are as in `scan`. What is gone, a file of any kind or a folder, is in the
    lists as well, at once. Ends when `stop` is set; an interrupt is raised.
    """
    from watchfiles import Change, watch

    roots = [as_on_disk(absolute(path)) for path in paths]
    waiting = _Waiting(settled_s)
    for changes in watch(
        *roots,
        watch_filter=None,
        stop_event=stop,
        rust_timeout=round(1000 * min(1.0, settled_s / 2)),
        yield_on_timeout=True,
        raise_interrupt=True,
        ignore_permission_denied=True,
    ):
        gone = []
        for change, name in sorted(changes):
            if change is Change.deleted and not Path(name).exists():
                gone.append(Path(name))
            for path in _videos(Path(name), roots, exclude):
                waiting.touch(path)
        if told := gone + waiting.ready():
            yield told


def _videos(changed: Path, roots: Sequence[Path], exclude: Sequence[str]) -> Iterator[Path]:
    """Yield the videos that a change concerns: the file itself, or all in a folder moved in."""
    with suppress(OSError):
        found = scan([changed], exclude) if changed.is_dir() else [changed]
        yield from (path for path in found if path.is_file() and wanted(path, roots, exclude))
