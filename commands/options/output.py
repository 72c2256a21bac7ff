"""The options by which tracks become something that plays, shared by all commands that make it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import click

from commands.terminal.console import counted, plain, say
from indexer.errors import PlaylistError, RequestError
from playlist.clips import Clip, cut_apart, join, none_can_be_cut
from playlist.formats.registry import FILM_SUFFIXES, NAMES, Format, format_for
from playlist.overwriting import Overwriting
from playlist.path_mapping import Places, mappings
from playlist.players import PLAYERS, choose, chosen, play
from playlist.playlist_files import present, writable
from playlist.tracks import Track, clock
from playlist.transcript_files import write_captions
from playlist.write_playlist import Published, publish
from search.user_folders import data_folder

if TYPE_CHECKING:
    from search.library import Library

CLIPS = "clips"
EXIT_NOTHING_WRITTEN, EXIT_SOME_FAILED = 1, 3


@dataclass(frozen=True, slots=True)
class Output:
    """What is to become of the tracks; `path` None means the last playlist in the data folder."""

    path: Path | None
    format: str | None
    maps: tuple[str, ...]
    relative: bool
    rate: Fraction | None
    reencode: bool
    start: bool
    player: str | None
    enqueue: bool
    force: bool
    captions: bool

    def __post_init__(self) -> None:
        """Refuse what cannot be, before any work is done."""
        if self.plays and self.to_stdout:
            raise click.UsageError("--play needs a playlist in a file: leave -o - out.")
        if self.clips and self.path is None:
            raise click.UsageError("Clips need a place: -o FOLDER, or -o FILE.mp4 to join them.")
        if self.captions and (self.clips or self.to_stdout):
            raise click.UsageError("--captions go beside a playlist in a file: leave them out.")
        if self.clips and (self.plays or self.to_stdout):
            raise click.UsageError("Clips are files: play them yourself.")
        if not self.clips:
            self.known()
        self.places()

    @property
    def to_stdout(self) -> bool:
        """Whether the playlist goes to stdout."""
        return str(self.path) == "-"

    @property
    def plays(self) -> bool:
        """Whether a player is to be opened."""
        return self.start or self.enqueue

    @property
    def clips(self) -> bool:
        """Whether the moments are to be cut out rather than listed."""
        film = self.path is not None and self.path.suffix.lower() in FILM_SUFFIXES
        return self.format == CLIPS or (self.format is None and film)

    def known(self) -> Format:
        """Return the format that the playlist is written in."""
        if self.format is None and self.path is None and self.plays:
            return format_for(None, "mpv-edl" if chosen(self.player) == "mpv" else "xspf")
        return format_for(None if self.to_stdout else self.path, self.format)

    def places(self) -> Places:
        """Return how the playlist names its files."""
        maps = mappings(self.maps)
        if not self.relative:
            return Places(maps)
        named = self.path is not None and not self.to_stdout
        return Places(maps, self.path.absolute().parent if self.path and named else Path.cwd())


class Rate(click.ParamType[Fraction]):
    """Frames per second; 23.976, 29.97 and 59.94 mean the exact NTSC rates."""

    name = "FPS"

    def convert(
        self, value: str | Fraction, param: click.Parameter | None, ctx: click.Context | None
    ) -> Fraction:
        """Return the rate as a fraction."""
        try:
            rate = Fraction(value)
        except (ValueError, ZeroDivisionError):
            self.fail(f"{value!r} is no frame rate.", param, ctx)
        if not 1 <= rate <= 1000:
            self.fail(f"{value} is no frame rate.", param, ctx)
        ntsc = [Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)]
        return next((known for known in ntsc if abs(known - rate) < Fraction(1, 100)), rate)


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that make an `Output`; it gets them as `output`."""

    def gathered(*args: Any, **flags: Any) -> Any:
        names = Output.__dataclass_fields__
        output = Output(**{name: flags.pop(f"output_{name}") for name in names})
        return command(*args, **flags, output=output)

    gathered.__name__, gathered.__doc__ = command.__name__, command.__doc__
    gathered.__dict__.update(command.__dict__)
    options = [
        click.option(
            "-o",
            "--output",
            "output_path",
            type=click.Path(path_type=Path, allow_dash=True),
            help="File to write; - for stdout. Its suffix chooses the format."
            "  [last.xspf in your data folder, which --play opens]",
        ),
        click.option(
            "--format",
            "output_format",
            type=click.Choice([*NAMES, CLIPS]),
            metavar="NAME",
            help=f"Format, whatever the suffix: {', '.join([*NAMES, CLIPS])}.",
        ),
        click.option(
            "--map",
            "output_maps",
            multiple=True,
            metavar="HERE=THERE",
            help="Files below HERE are below THERE for the player (Z:/, //nas/v); repeatable.",
        ),
        click.option(
            "--relative", "output_relative", is_flag=True, help="Name files from the playlist on."
        ),
        click.option(
            "--rate",
            "output_rate",
            type=Rate(),
            metavar="FPS",
            help="Frame rate of a cmx3600 list: 25, 29.97 …  [what most files have]",
        ),
        click.option(
            "--reencode", "output_reencode", is_flag=True, help="Clips that start exactly."
        ),
        click.option("--play", "output_start", is_flag=True, help="Open it in the player."),
        click.option(
            "--player", "output_player", type=click.Choice(PLAYERS), help="[VLC, else mpv]"
        ),
        click.option(
            "--enqueue", "output_enqueue", is_flag=True, help="Add it to the VLC that is running."
        ),
        click.option(
            "--force",
            "output_force",
            is_flag=True,
            help="Write over a file that Scenelist did not make (never over a video it knows).",
        ),
        click.option(
            "--captions",
            "output_captions",
            is_flag=True,
            help="Write what is said as WebVTT, too, into FILE.captions beside the playlist.",
        ),
    ]
    for option in reversed(options):
        gathered = option(gathered)
    return gathered


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
    written = _write(tracks, title, output, over)
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
    """Yield a sentence for each --map below which none of the files lies."""
    if not output.maps or output.clips:
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


def _write(tracks: Sequence[Track], title: str, output: Output, over: Overwriting) -> _Written:
    """Write what the options say, and return what to tell of it."""
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
    if told.status and not (output.plays or asked):
        # Nothing was asked for but the answer, and that is shown.
        return replace(told, notes=(_unplayable(written.missing),), status=0)
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


def _unplayable(missing: int) -> str:
    whose = "Its file is" if missing == 1 else f"The files of all {missing} moments are"
    return f"{whose} missing, so none can be played: is a disk not connected?"


def _nothing(missing: int) -> _Written:
    whose = "its file is" if missing == 1 else f"the files of all {missing} moments are"
    note = f"Nothing was written, since {whose} missing: is a disk not connected?"
    return _Written(notes=(note,), status=EXIT_NOTHING_WRITTEN)


def _of_missing(missing: int) -> tuple[str, ...]:
    if not missing:
        return ()
    files = "its file is" if missing == 1 else "their files are"
    what = counted(missing, "moment is", "moments are")
    return (f"{what} left out: {files} missing.",)
