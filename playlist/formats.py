"""The formats a playlist can be written in: a registry of names, suffixes and renderers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import cast

from indexer.errors import RequestError
from playlist.tracks import Track

Render = Callable[[Sequence[Track], str], bytes]


@dataclass(frozen=True, slots=True)
class Format:
    """An output format: its name, the suffixes it is chosen by, and where its renderer is.

    The renderer takes the tracks and the playlist's title and returns the file's bytes.
    """

    name: str
    suffixes: tuple[str, ...]
    target: str

    def render(self, tracks: Sequence[Track], title: str) -> bytes:
        """Return the bytes of a playlist of `tracks` in this format."""
        module, _, attribute = self.target.partition(":")
        return cast(Render, getattr(import_module(module), attribute))(tracks, title)


# A new format is one file and one line here; the first is the default.
FORMATS = (Format("xspf", (".xspf",), "playlist.xspf:render"),)


def format_for(path: Path | None) -> Format:
    """Return the format that a file's name asks for; the default for None or no suffix.

    Raises:
        RequestError: no format has that suffix; the sentence lists those there are.
    """
    if path is None or not path.suffix:
        return FORMATS[0]
    for known in FORMATS:
        if path.suffix.lower() in known.suffixes:
            return known
    suffixes = ", ".join(suffix for known in FORMATS for suffix in known.suffixes)
    raise RequestError(f"No playlist format ends in {path.suffix}: use one of {suffixes}.")
