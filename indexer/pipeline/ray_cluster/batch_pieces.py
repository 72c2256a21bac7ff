"""A batch of clips in pieces: what waits, what is being described, what came of it. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from indexer.errors import ScenelistError, VideoError


@dataclass(frozen=True, slots=True)
class Piece:
    """Clips of a batch by their numbers, which go to an actor together.

    `lost` is how often they or their node were lost; with a `suspect` a worker has died before.
    """

    numbers: tuple[int, ...]
    lost: int = 0
    suspect: bool = False


@dataclass(slots=True)
class Round:
    """One batch: what is still to be described, what is being described, and what came of it."""

    clips: Sequence[Any]
    waiting: deque[Piece]
    running: dict[Any, tuple[Any, Piece]] = field(default_factory=dict)
    results: dict[int, str | VideoError] = field(default_factory=dict)

    def path(self, number: int) -> Path | None:
        """Return the file that a clip is from; None where that is not known."""
        return getattr(self.clips[number], "path", None)

    def of_one_file_each(self, piece: Piece) -> list[Piece]:
        """Split a piece by files."""
        apart: dict[Path | None, list[int]] = {}
        for number in piece.numbers:
            apart.setdefault(self.path(number), []).append(number)
        return [replace(piece, numbers=tuple(numbers), suspect=True) for numbers in apart.values()]

    def give_up(self, path: Path | None, error: VideoError) -> None:
        """Have no words for what is left of a file."""
        for number in range(len(self.clips)):
            if self.path(number) == path:
                self.results.setdefault(number, error)

    def left(self, piece: Piece) -> Piece:
        """Return what of a piece has not been given up."""
        return replace(piece, numbers=tuple(n for n in piece.numbers if n not in self.results))

    def note(self, piece: Piece, told: list[str] | ScenelistError) -> None:
        """Keep what an actor says of a piece."""
        if isinstance(told, ScenelistError):
            raise told
        self.results.update(zip(piece.numbers, told, strict=True))
