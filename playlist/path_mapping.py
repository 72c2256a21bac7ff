"""Where files lie for the machine that will play them: mapped, or relative to the playlist."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from urllib.parse import quote

from indexer.errors import RequestError
from indexer.scanning.scan import absolute
from playlist.tracks import Track


@dataclass(frozen=True, slots=True)
class Mapping:
    """Files below `here` lie below `there` on the other machine.

    `there` is a path (/Volumes/video), a Windows one (Z:/ or //nas/video), or a URI (smb://nas/v).
    """

    here: Path
    there: str

    def place(self, path: Path) -> tuple[str, str] | None:
        """Return the mapped file as (URI, path in its own system); None where it is not below."""
        try:
            rest = path.relative_to(self.here).as_posix()
        except ValueError:
            return None
        if "://" in self.there:
            uri = f"{self.there.rstrip('/')}/{quote(os.fsencode(rest))}"
            return uri, uri
        windows = self.there.startswith(("//", "\\\\")) or self.there[1:2] == ":"
        other = (PureWindowsPath if windows else PurePosixPath)(self.there) / rest
        return other.as_uri(), str(other)


def mappings(texts: Sequence[str]) -> tuple[Mapping, ...]:
    """Read `HERE=THERE` texts.

    Raises:
        RequestError: a text is not of that form.
    """
    found = []
    for text in texts:
        here, sign, there = text.partition("=")
        placed = there.startswith(("/", "\\\\")) or there[1:3] in {":/", ":\\"} or "://" in there
        if not sign or not here or not placed:
            raise RequestError(
                f"--map {text} is not of the form HERE=THERE, as in /mnt/nas=//nas/video or"
                " /mnt/nas=Z:/."
            )
        found.append(Mapping(absolute(here), there))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Places:
    """How a playlist names its files: mapped where a mapping holds, else relative, else as is."""

    maps: tuple[Mapping, ...] = ()
    relative_to: Path | None = None

    def mapped(self, track: Track) -> bool:
        """Whether a mapping holds for the track's file."""
        return any(mapping.place(track.video.path) for mapping in self.maps)

    def unused(self, tracks: Sequence[Track]) -> tuple[Mapping, ...]:
        """Return the mappings that hold for none of some tracks."""
        paths = [track.video.path.absolute() for track in tracks]
        return tuple(m for m in self.maps if not any(m.place(path) for path in paths))

    def placed(self, track: Track) -> Track:
        """Return the track with its file's place for the other machine."""
        path = track.video.path.absolute()
        for mapping in self.maps:
            if (place := mapping.place(path)) is not None:
                return replace(track, uri=place[0], place=place[1])
        if self.relative_to is not None:
            relative = Path(os.path.relpath(path, self.relative_to)).as_posix()
            # "./" keeps a name with a colon from being read as a scheme.
            uri = quote(os.fsencode(relative if relative.startswith("..") else f"./{relative}"))
            return replace(track, uri=uri, place=relative)
        return track


AS_THEY_ARE = Places()
