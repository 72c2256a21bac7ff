"""The moments themselves, cut out of their videos: a file each, or joined into one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from indexer.errors import PlaylistError, VideoError
from playlist.files import name_for
from playlist.tracks import Track

# What a joined film can be written as; anything else names a folder.
FILM_SUFFIXES = (".mp4", ".mkv", ".mov")


def cut_apart(tracks: Sequence[Track], folder: Path, reencode: bool) -> Iterator[Path]:
    """Cut each track into a file of its own in `folder`; yield each when it is there.

    Without `reencode` nothing is lost and a clip starts at the keyframe at or before its
    moment; with it, it starts exactly there.

    Raises:
        PlaylistError: the folder cannot be written, or a video not be cut.
    """
    from indexer.media.cutting import Cut, copy_cut, encode_cuts

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PlaylistError(
            f"{folder} cannot be made ({error.strerror}): choose another place with -o."
        ) from error
    for number, track in enumerate(tracks, 1):
        suffix = ".mp4" if reencode else _suffix(track.video.path)
        path = folder / f"{number:02d}-{name_for(track.text[:60] or 'moment', suffix)}"
        cut = Cut(track.video.path, track.start_ms, track.end_ms)
        with _told(track):
            if reencode:
                _whole(path, partial(encode_cuts, [cut]))
            else:
                _whole(path, partial(copy_cut, cut))
        yield path


def join(tracks: Sequence[Track], path: Path) -> None:
    """Cut the tracks and join them into one film, encoded anew, in the first one's size.

    Raises:
        PlaylistError: the file cannot be written, or a video not be cut.
    """
    from indexer.media.cutting import Cut, encode_cuts

    cuts = [Cut(track.video.path, track.start_ms, track.end_ms) for track in tracks]
    with _told(tracks[0]):
        _whole(path, partial(encode_cuts, cuts))


def _suffix(source: Path) -> str:
    """Return the container for an unchanged cut: the source's, where it can be written."""
    suffix = source.suffix.lower()
    return suffix if suffix in {".mp4", ".mov", ".mkv", ".webm", ".ts", ".avi"} else ".mkv"


def _whole(path: Path, make: Callable[[Path], None]) -> None:
    """Let `make` write beside `path`, and put it in place when it is whole."""
    part = path.with_name(f".part-{path.name}")
    try:
        make(part)
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink()


@contextmanager
def _told(track: Track) -> Iterator[None]:
    try:
        yield
    except VideoError as error:
        raise PlaylistError(
            f"{track.video.path.name} cannot be cut ({error}): try --reencode."
        ) from error
    except OSError as error:
        raise PlaylistError(
            f"The clip cannot be written ({error.strerror or error}): choose another place."
        ) from error
