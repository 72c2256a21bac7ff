"""An answer written as the options say, told of, and played; shared by commands that make one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from commands.options.output import Output
from commands.terminal.console import counted, plain, say
from commands.terminal.exit_status import EXIT_NOTHING_FOUND, EXIT_SOME_FAILED
from indexer.errors import PlaylistError, RequestError
from playlist.clips import Clip, cut_apart, join, none_can_be_cut
from playlist.formats.registry import FILM_SUFFIXES
from playlist.overwriting import Overwriting
from playlist.players import choose, play
from playlist.playlist_files import present, writable
from playlist.tracks import Track, clock
from playlist.transcript_files import write_captions
from playlist.write_playlist import Published, publish
from search.user_folders import data_folder

if TYPE_CHECKING:
    from search.library import Library


@dataclass(frozen=True, slots=True)
class _Written:
    """What became of an answer: lines that say where it is, what is odd, and what plays it.

    `asked` is False for the last playlist, of which nothing need be said where an answer is shown.
    """

    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    playlist: Path | None = None
    data: bytes = b""
    status: int = 0
    asked: bool = True


def deliver(
    tracks: Sequence[Track],
    title: str,
    output: Output,
    library: Library | None,
    *,
    show: Callable[[], None] | None = None,
    quiet: bool = False,
) -> int:
    """Write tracks as the options say, then `show` the answer, tell where it is, and play it.

    Whatever is written is whole before the first line is printed, so that nothing is lost with
    a pipe that is closed early. `quiet` keeps stdout for other results. What is missing on this
    disk is left out and counted. Returns the exit status.

    Raises:
        PlaylistError: it cannot be written, or must not be written over; or there is no player
            (when all else is done).
    """
    over = Overwriting(force=output.force)
    if library is not None:
        over = Overwriting(library.paths, library.folder, output.force)
    written = _write(tracks, title, output, over, shown=show is not None)
    if output.to_stdout:
        sys.stdout.buffer.write(written.data)
        sys.stdout.buffer.flush()
    elif show is not None:
        show()
    for note in (*written.notes, *_of_unused_maps(tracks, output)):
        say(note)
    if output.captions and written.playlist is not None and library is not None:
        folder = written.playlist.with_name(f"{written.playlist.stem}.captions")
        count = write_captions(tracks, folder, library.sentences)
        told = f"Captions: {folder}" if count else "Nothing is known to be said in these videos."
        (say if quiet else click.echo)(plain(told))
    if written.asked or show is None:
        for line in written.lines:
            (say if quiet else click.echo)(plain(line))
    if output.plays and written.playlist is not None:
        player = choose(output.player, playlist=written.playlist)
        play(written.playlist, player, enqueue=output.enqueue)
    return written.status


def _of_unused_maps(tracks: Sequence[Track], output: Output) -> Iterator[str]:
    """Yield a sentence for each --map below which none of the files lies.

    One that stands in the config file for every day is no mistake of this question.
    """
    source = click.get_current_context().get_parameter_source("output_maps")
    if not output.maps or output.clips or source is not ParameterSource.COMMANDLINE:
        return
    for mapping in output.places().unused(tracks):
        yield (
            f"--map {mapping.here}={mapping.there} matches none of these files:"
            f" the first is {tracks[0].video.path}."
        )


def withdraw(output: Output, library: Library) -> None:
    """Remove an older answer where there is none now, so that it is not taken for this one.

    It is removed only where a new one would have replaced it: a playlist that Scenelist made.
    """
    path = output.path
    if path is None and not output.clips:
        path = _last_playlist(output)
    if path is None or output.to_stdout:
        return
    if Overwriting(library.paths, library.folder).remove_stale(path) and output.path is not None:
        say(f"The older {path} was removed, since it answers no more.")


def _last_playlist(output: Output) -> Path:
    return data_folder() / f"last{output.known().suffix}"


def _write(
    tracks: Sequence[Track], title: str, output: Output, over: Overwriting, *, shown: bool
) -> _Written:
    """Write what the options say, and return what to tell of it; `shown` says the answer is."""
    if output.clips:
        return _write_clips(tracks, output, over)
    known, path = output.known(), output.path
    if output.to_stdout:
        return _told(publish(tracks, title, None, known, output.places(), output.rate), None)
    if path is not None:
        return _told(publish(tracks, title, path, known, output.places(), output.rate, over), path)
    path, asked = _last_playlist(output), output.format is not None
    try:
        with writable(path):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        places = replace(output, path=path).places()
        written = publish(tracks, title, path, known, places, output.rate, over)
    except PlaylistError:
        if not (output.plays or asked):
            return _Written(asked=False)  # nobody asked for it, and the answer itself is shown
        path = Path(mkdtemp(prefix="scenelist-")) / path.name
        places = replace(output, path=path).places()
        written = publish(tracks, title, path, known, places, output.rate, over)
    told = replace(_told(written, path), asked=asked)
    if written.missing and shown and not (output.plays or asked):
        # Nothing was asked for but the answer, and that is shown, with what is missing.
        return replace(told, notes=(_unplayable(written.missing, len(tracks)),), status=0)
    return told


def _told(published: Published, path: Path | None) -> _Written:
    if not published.data:
        return _nothing(published.missing)
    notes = _of_missing(published.missing)
    if published.unheld:
        moments = counted(published.unheld, "moment")
        notes += (f"{moments} left out: this format cannot hold times beyond 24 hours.",)
    if published.rate is not None:
        notes += (f"The list counts {_in_words(published.rate)} frames a second.",)
    if published.recounted:
        clips = counted(published.recounted, "clip has", "clips have")
        notes += (f"{clips} another frame rate than the list: check their cuts.",)
    lines = () if path is None else (f"Playlist: {path}",)
    return _Written(lines, notes, path, published.data)


def _in_words(rate: Fraction) -> str:
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


def _write_clips(tracks: Sequence[Track], output: Output, over: Overwriting) -> _Written:
    here, path = present(tracks), output.path
    assert path is not None
    missing = len(tracks) - len(here)
    if path.suffix.lower() in FILM_SUFFIXES:
        if not here:
            over.remove_stale(path)
            return _nothing(missing)
        left_out = join(here, path, over)
        notes = _of_missing(missing) + tuple(map(_of_trouble, left_out))
        return _Written((f"Film: {path}",), notes, status=EXIT_SOME_FAILED if left_out else 0)
    if path.exists() and not path.is_dir():
        raise RequestError(f"{path} is a file: give a folder for the clips.")
    if not here:
        return _nothing(missing)
    clips = list(cut_apart(here, path, output.reencode, over))
    lines = tuple(f"Clip: {clip.path}" for clip in clips if clip.path is not None)
    if not lines:
        raise PlaylistError(none_can_be_cut(clips))
    notes = _of_missing(missing) + tuple(_of_trouble(clip) for clip in clips if clip.trouble)
    return _Written(lines, notes, status=EXIT_SOME_FAILED if len(lines) < len(clips) else 0)


def _of_trouble(clip: Clip) -> str:
    moment = f"{clip.track.video.path.name} from {clock(clip.track.start_ms)} on"
    if clip.path is None:
        return f"{moment} is left out: it cannot be cut ({clip.trouble})."
    return f"{moment} cannot be copied ({clip.trouble}): {clip.path.name} was encoded anew."


def _unplayable(missing: int, shown: int) -> str:
    if missing < shown:
        return f"{missing} of these {shown} cannot be played: their files are missing."
    whose = "Its file is" if missing == 1 else f"The files of all {missing} moments are"
    return f"{whose} missing, so none can be played: is a disk not connected?"


def _nothing(missing: int) -> _Written:
    whose = "its file is" if missing == 1 else f"the files of all {missing} moments are"
    note = f"Nothing was written, since {whose} missing: is a disk not connected?"
    return _Written(notes=(note,), status=EXIT_NOTHING_FOUND)


def _of_missing(missing: int) -> tuple[str, ...]:
    if not missing:
        return ()
    files = "its file is" if missing == 1 else "their files are"
    what = counted(missing, "moment is", "moments are")
    return (f"{what} left out: {files} missing.",)
