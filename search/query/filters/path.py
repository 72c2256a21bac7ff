"""in: and not-in:, by what a file or a folder that it lies in is called. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import translate
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from search.query.filters.filter import Filter, Key, Passes
from search.text_folding import folded

if TYPE_CHECKING:
    from indexer.video import Video


class PathFilter:
    """Files and folders: part of a name, a path or a pattern; of several in: any suffices."""

    keys: Mapping[str, Key] = {
        "in": Key(
            "NAME",
            "Only in these files and folders: part of a name, a path or a pattern.",
            ("folder", "path", "file"),
        ),
        "not-in": Key("NAME", "Not in these.", ("exclude",)),
    }

    def read(self, key: str, text: str) -> str:
        """Return the name or pattern as it is."""
        return text

    def passing(self, asked: Mapping[str, Sequence[str]]) -> Passes:
        """Return what looks at a video's path, accents and case aside."""
        inside, outside = map(_any_of, (asked["in"], asked["not-in"]))

        def passes(video: Video) -> bool:
            path = folded(video.path.as_posix())
            return not ((inside and not inside.match(path)) or (outside and outside.match(path)))

        return passes


FILTER: Filter = PathFilter()


def path_matches(path: str, glob: str) -> bool:
    """Whether a path, any trailing part of it, or a folder it lies in matches.

    Case and accents are ignored.

    >>> path_matches("/films/Holiday/dog.mp4", "holiday")
    True
    >>> path_matches("/films/Holiday/dog.mp4", "*.mkv")
    False
    """
    return _shapes(glob).match(folded(path)) is not None


def path_holds(path: str, glob: str) -> bool:
    """Whether a path matches, or a part of it does that lies within one name or begins in one.

    >>> path_holds("/films/Lago di Garda/dog.mp4", "garda")
    True
    """
    return _partly(glob).match(folded(path)) is not None


def _any_of(globs: Sequence[str]) -> re.Pattern[str] | None:
    """Return what matches a folded path that holds any of some globs; None of none."""
    return re.compile("|".join(_partly(glob).pattern for glob in globs)) if globs else None


@lru_cache
def _shapes(glob: str) -> re.Pattern[str]:
    glob = _cleaned(glob)
    shapes = (glob, f"*/{glob}", f"{glob}/*", f"*/{glob}/*")
    return re.compile("|".join(map(translate, shapes)))


@lru_cache
def _partly(glob: str) -> re.Pattern[str]:
    """Return what matches a path in which a glob, or a part of a name, stands.

    A file may have such characters in its name: brackets also stand for themselves.
    """
    part = f"(?s:.*{re.escape(_cleaned(glob))}.*)\\Z"
    if "[" in glob:
        return re.compile(f"{_shapes(glob).pattern}|{part}")
    if glob.startswith(("/", "~/")) or set(glob) & set("*?"):
        return _shapes(glob)
    return re.compile(part)


def _cleaned(glob: str) -> str:
    if glob.startswith("~/"):
        glob = str(Path(glob).expanduser())
    return folded(glob.replace("\\", "/")).rstrip("/")
