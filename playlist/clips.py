"""The moments themselves, cut out of their videos: a file each, or joined into one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from indexer.errors import PlaylistError, VideoError
from playlist.file_names import name_for
from playlist.overwriting import CAREFUL, Overwriting
from playlist.playlist_files import replacing, writable
from playlist.tracks import Track


@dataclass(frozen=True, slots=True)
class Clip:
    """What became of a track: the file it was cut to, and what was in the way of that.

    With `trouble` and a path it could not be copied and was encoded anew; without a path it was
    left out.
    """

    track: Track
    path: Path | None
    trouble: str = ""


def cut_apart(
    tracks: Sequence[Track], folder: Path, reencode: bool, over: Overwriting = CAREFUL
) -> Iterator[Clip]:
    """Cut each track into a file of its own in `folder`; yield each when it is there.

    Without `reencode` nothing is lost and a clip starts at the keyframe at or before its
    moment; with it, it starts exactly there. What cannot be copied is encoded, and what cannot
    be read at all is yielded without a file. A file that is not ours keeps its name.

    Raises:
        PlaylistError: the folder cannot be written.
    """
    with writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
    over = over.reading([track.video.path for track in tracks])
    for number, track in enumerate(tracks, 1):
        stem = f"{number:02d}-{name_for(track.text[:60] or 'moment', '')}"
        yield _clip(track, folder / stem, reencode, over)


def _clip(track: Track, stem: Path, reencode: bool, over: Overwriting) -> Clip:
    from indexer.media.cutting import Cut, copy_cut, encode_cuts

    cut = Cut(track.video.path, track.start_ms, track.end_ms)
    trouble = ""
    if not reencode:
        try:
            path = over.free(_with_suffix(stem, _suffix(track.video.path)))
            _whole(path, partial(copy_cut, cut), over)
        except VideoError as error:
            trouble = str(error)
        else:
            return Clip(track, path)
    try:
        path = over.free(_with_suffix(stem, ".mp4"))
        _whole(path, partial(encode_cuts, [cut]), over)
    except VideoError as error:
        return Clip(track, None, str(error))
    return Clip(track, path, trouble)


def _with_suffix(stem: Path, suffix: str) -> Path:
    return stem.with_name(stem.name + suffix)


def join(tracks: Sequence[Track], path: Path, over: Overwriting = CAREFUL) -> list[Clip]:
    """Cut the tracks and join them into one film, encoded anew, in the first one's size.

    Returns what had to be left out, since no picture of it can be read.

    Raises:
        PlaylistError: the file cannot be written, must not be written over, or nothing can be
            cut.
    """
    from indexer.media.cutting import Cut, can_be_cut, encode_cuts

    over = over.reading([track.video.path for track in tracks])
    over.check(path)
    cuts: list[Cut] = []
    left_out: list[Clip] = []
    for track in tracks:
        cut = Cut(track.video.path, track.start_ms, track.end_ms)
        try:
            can_be_cut(cut)
        except VideoError as error:
            left_out.append(Clip(track, None, str(error)))
        else:
            cuts.append(cut)
    try:
        if cuts:
            _whole(path, partial(encode_cuts, cuts), over)
    except VideoError as error:
        raise PlaylistError(f"The film cannot be made ({error}): try --format clips.") from error
    if not cuts:
        raise PlaylistError(none_can_be_cut(left_out))
    return left_out


def none_can_be_cut(left_out: Sequence[Clip]) -> str:
    """Say that nothing came of any track, and why of the first."""
    name, why = left_out[0].track.video.path.name, left_out[0].trouble
    if len({clip.track.video.path for clip in left_out}) == 1:
        return f"{name} cannot be cut ({why}): check that it plays."
    return f"None of the moments can be cut ({name}: {why}): check that their videos play."


def _suffix(source: Path) -> str:
    """Return the container for an unchanged cut: the source's, where it can be written."""
    suffix = source.suffix.lower()
    return suffix if suffix in {".mp4", ".mov", ".mkv", ".webm", ".ts", ".avi"} else ".mkv"


def _whole(path: Path, make: Callable[..., None], over: Overwriting) -> None:
    """Let `make` write beside `path`, and put it in place when it is whole."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise PlaylistError(f"A film cannot be written to {path}, which is no file: choose one.")
    with writable(path), replacing(path, over) as part:
        make(part, name=path.name)
