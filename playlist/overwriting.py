"""Which files may be written over: those that Scenelist made, and never one that it reads."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path

from indexer.errors import PlaylistError
from indexer.speech.own_transcripts import is_ours
from playlist.formats.registry import made_by_us

# What films and clips are called, and so what else may carry the comment that says who made them.
_FILMS = {".mp4", ".mkv", ".mov", ".webm", ".ts", ".avi"}


@dataclass(frozen=True, slots=True)
class Overwriting:
    """The one judge of whether a file may be written over.

    `inputs` returns the videos that are read, and `library` is the folder of the index: these
    are refused whatever else is said. A file that Scenelist did not make is refused without
    `force`. What Scenelist made carries a mark: text formats begin in a way that only Scenelist
    writes (playlist/formats/registry.py), transcripts of what was heard with a digest that nobody's
    corrections match (indexer/speech/own_transcripts.py), films and clips have a comment that names
    the file they were written as: a copy that somebody worked on under another name is not taken
    for ours.
    """

    inputs: Callable[[], Iterable[Path]] = tuple
    library: Path | None = None
    force: bool = False

    def reading(self, paths: Iterable[Path]) -> Overwriting:
        """Return the same judge that keeps these files too."""
        more, known = list(paths), self.inputs
        return replace(self, inputs=lambda: chain(more, known()))

    def check(self, path: Path) -> None:
        """Do nothing where `path` may be written: it is free, or was made by Scenelist.

        Raises:
            PlaylistError: it may not be written over.
        """
        try:
            there = path.stat()
        except OSError:
            return  # nothing is there, or writing will say what is wrong
        if self.library is not None and path.resolve().is_relative_to(self.library.resolve()):
            raise PlaylistError(f"{path} belongs to the library itself: choose another place.")
        if stat.S_ISDIR(there.st_mode):
            raise PlaylistError(
                f"{path} cannot be written over, it is a folder: choose another name with -o."
            )
        if not stat.S_ISREG(there.st_mode) or _is_our_text(path):
            return
        if any(_is(known, there) for known in self.inputs()):
            raise PlaylistError(
                f"{path} is a video that is read here, and never written over:"
                " choose another name with -o."
            )
        if not self.force and not _is_our_film(path):
            raise PlaylistError(
                f"{path} is there already, and was not made by Scenelist: choose another name"
                " with -o, or write over it with --force."
            )

    def allows(self, path: Path) -> bool:
        """Whether `path` may be written."""
        try:
            self.check(path)
        except PlaylistError:
            return False
        return True

    def free(self, path: Path) -> Path:
        """Return `path`, or where that may not be written, the same name with a number."""
        names = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in count(2))
        return next(place for place in chain([path], names) if self.allows(place))

    def remove_stale(self, path: Path) -> bool:
        """Remove an older answer at `path` that a new one would have replaced; say if it was."""
        try:
            if not path.is_file() or not (_is_our_text(path) or _is_our_film(path)):
                return False
            self.check(path)
            path.unlink()
        except (OSError, PlaylistError):
            return False
        return True


CAREFUL = Overwriting()


def _is(known: Path, there: os.stat_result) -> bool:
    """Whether a path leads to a file, under whatever name or link."""
    try:
        return os.path.samestat(known.stat(), there)
    except OSError:
        return False


def _is_our_text(path: Path) -> bool:
    return made_by_us(path) or is_ours(path)


def _is_our_film(path: Path) -> bool:
    if path.suffix.lower() not in _FILMS:
        return False
    from indexer.media.cutting import made_as  # brings a decoder: only where it is needed

    return made_as(path) == path.name
