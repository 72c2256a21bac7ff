"""What the indexer needs to know of the past and tells of the present; the store implements it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from indexer.recipe import Recipe
from indexer.segments import Segment
from indexer.video import Video
from indexer.windows import Window


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What is remembered of a file at a path; `error` is empty unless reading it failed.

    `recipe_key` is the recipe of the descriptions that are complete, empty while there are none.
    """

    path: Path
    fingerprint: str
    size_bytes: int
    mtime_ns: int
    error: str
    recipe_key: str


class Ledger(Protocol):
    """The indexer's memory. Every call is durable when it returns."""

    def file(self, path: Path) -> FileRecord | None:
        """Return what is remembered of the file at `path`."""
        ...

    def complete(self, fingerprint: str) -> str:
        """Return the recipe key under which this content is completely described, or ''."""
        ...

    def begun_otherwise(self, fingerprint: str, recipe: Recipe) -> bool:
        """Whether any window of this content is described under another recipe."""
        ...

    def link(self, path: Path, fingerprint: str, size_bytes: int, mtime_ns: int) -> bool:
        """Remember that the file at `path` holds a content that is known already.

        Returns whether it has moved there: it is no more where it was seen before.
        """
        ...

    def begin(self, video: Video, recipe: Recipe) -> frozenset[Window]:
        """Remember the video; return the windows already described under this recipe."""
        ...

    def put(self, video: Video, recipe: Recipe, segments: Sequence[Segment]) -> None:
        """Keep some described windows; a window put twice is kept once."""
        ...

    def subtitle(self, fingerprint: str, said: Callable[[Window], str]) -> int:
        """Let a content's windows have other transcripts; return how many that changed."""
        ...

    def finish(self, video: Video, recipe: Recipe) -> None:
        """Every window is there: drop the descriptions other recipes left of this video."""
        ...

    def fail(
        self, path: Path, fingerprint: str, size_bytes: int, mtime_ns: int, error: str
    ) -> None:
        """Remember that the file at `path` could not be read, and why."""
        ...
