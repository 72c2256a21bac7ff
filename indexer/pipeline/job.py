"""What an indexing run is asked to do, and what flows from its decoders to the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from indexer.describing.describer import OnDemand
from indexer.ledger import Ledger
from indexer.media.clip import Clip
from indexer.pipeline.progress import (
    Failed,
    Finished,
    Noticed,
    NotVideo,
    Recognised,
    Started,
    Subtitled,
    Unchanged,
)
from indexer.pipeline.timings import Stages
from indexer.recipe import Recipe
from indexer.speech.languages import ANY, Languages
from indexer.speech.transcript import Subtitles
from indexer.video import Video
from indexer.windows import Window

if TYPE_CHECKING:
    from indexer.media.timeline import Timeline


class Worker(Protocol):
    """Decodes one file at a time in a process of its own; see `decode.DecodeWorker`.

    `timeline` is what probing found out, for another worker to go on with; `busy_s` how long
    the process has worked so far.
    """

    timeline: Timeline | None
    busy_s: float

    def probe(self, path: Path) -> Video:
        """Open a file; raises VideoError."""
        ...

    def go_on(self, path: Path, timeline: Timeline | None) -> None:
        """Turn to a file that another worker has probed."""
        ...

    def length_ms(self, path: Path) -> int:
        """Return how long a file's header says it is, or 0; raises VideoError."""
        ...

    def clips(
        self, windows: Sequence[Window], frames: int, edge: int, square: bool = False
    ) -> Iterator[Clip]:
        """Yield clips of the file last turned to; raises VideoError."""
        ...

    def subtitles(self, languages: Languages) -> Subtitles:
        """Return the subtitles of the file last turned to, in one of its languages."""
        ...

    def stop(self) -> None:
        """End what is going on, from any thread: whoever waits gets a VideoError."""
        ...

    def close(self) -> None:
        """End the process."""
        ...


def one_worker() -> int:
    """Decode in one process."""
    return 1


@dataclass(frozen=True, slots=True)
class Job:
    """What to index and how.

    `describer` is called when there is a first window to be described, and `workers`, how many
    processes are to decode, after that, so that an unchanged library loads no model. Files that
    failed before and have not changed since are tried again only where `retry` says so, or where
    their decoder crashed or hung, which may have been the machine's fault. `subtitles` are read
    in one of `languages`; where one is asked for, those of videos that are described already are
    read again, unless somebody beside does that (`renews_subtitles`). Whoever else uses the ledger
    meanwhile holds `lock`, too. A `first_look` leaves alone what is described already, in whatever
    way, also in part.
    """

    paths: Iterable[Path]
    recipe: Recipe
    worker: Callable[[], Worker]
    describer: OnDemand
    workers: Callable[[], int] = one_worker
    retry: Callable[[Path], bool] = lambda _: False
    subtitles: bool = True
    languages: Languages = ANY
    renews_subtitles: bool = True
    first_look: bool = False
    stages: Stages = field(default_factory=Stages)
    lock: Lock = field(default_factory=Lock)

    def enough(self, recipe_key: str) -> bool:
        """Whether a video that is completely described under a recipe ('': none) is done."""
        return recipe_key == self.recipe.key or (self.first_look and bool(recipe_key))


@dataclass(frozen=True, slots=True)
class Seen:
    """A decoded window on its way to the model, with what is said in it."""

    video: Video
    clip: Clip
    transcript: str


@dataclass(frozen=True, slots=True)
class Still:
    """A window that shows the same as one that came before it, and takes over its words."""

    video: Video
    window: Window
    transcript: str
    same_as: Window


Item = (
    Seen
    | Still
    | Unchanged
    | Subtitled
    | Recognised
    | NotVideo
    | Noticed
    | Started
    | Finished
    | Failed
)


class SharedLedger:
    """A ledger and the lock that lets the feeding threads and the keeper take turns."""

    def __init__(self, ledger: Ledger, lock: Lock | None = None) -> None:
        self._ledger = ledger
        self._lock = lock or Lock()

    def __enter__(self) -> Ledger:
        self._lock.acquire()
        return self._ledger

    def __exit__(self, *_: object) -> None:
        self._lock.release()
