"""The options by which tracks become something that plays, shared by all commands that make it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from commands.terminal.screen import say
from indexer.errors import RequestError
from playlist.files import name_for, present
from playlist.formats.clips import FILM_SUFFIXES, cut_apart, join
from playlist.formats.registry import NAMES, Format, format_for
from playlist.locations import Places, mappings
from playlist.players import PLAYERS, choose, play
from playlist.publish import publish
from playlist.tracks import Track

CLIPS = "clips"


@dataclass(frozen=True, slots=True)
class Output:
    """What is to become of the tracks; `path` None means a file named after the title."""

    path: Path | None
    format: str | None
    maps: tuple[str, ...]
    relative: bool
    rate: Fraction | None
    reencode: bool
    start: bool
    player: str | None
    enqueue: bool

    def __post_init__(self) -> None:
        """Refuse what cannot be, before any work is done."""
        if self.plays and self.to_stdout:
            raise click.UsageError("--play needs a playlist in a file: leave -o - out.")
        if self.clips and self.path is None:
            raise click.UsageError("Clips need a place: -o FOLDER, or -o FILE.mp4 to join them.")
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
            return format_for(None, "mpv-edl" if choose(self.player) == "mpv" else "xspf")
        return format_for(None if self.to_stdout else self.path, self.format)

    def places(self) -> Places:
        """Return how the playlist names its files."""
        folder = self.path.absolute().parent if self.path and not self.to_stdout else Path.cwd()
        return Places(mappings(self.maps), folder if self.relative else None)


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
            "  [FILE.xspf named after what was asked]",
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
    ]
    for option in reversed(options):
        gathered = option(gathered)
    return gathered


def deliver(tracks: Sequence[Track], title: str, output: Output, *, quiet: bool = False) -> None:
    """Write tracks as the options say, tell where, and play them if asked to.

    `quiet` keeps stdout for other results. What is missing on this disk is left out and counted.

    Raises:
        PlaylistError: it cannot be written, or there is no player.
    """
    tell = say if quiet or output.to_stdout else click.echo
    if output.clips:
        _deliver_clips(tracks, output, tell)
        return
    known = output.known()
    player = choose(output.player) if output.plays else ""
    path = output.path or Path(name_for(title, known.suffix))
    written = publish(
        tracks, title, None if output.to_stdout else path, known, output.places(), output.rate
    )
    _tell_missing(written.missing)
    if written.recounted:
        say(f"{written.recounted} clips have another frame rate than the list: check their cuts.")
    if not written.data:
        return
    if output.to_stdout:
        sys.stdout.buffer.write(written.data)
        sys.stdout.buffer.flush()
        return
    tell(f"Playlist: {path}")
    if output.plays:
        play(path, player, enqueue=output.enqueue)


def _deliver_clips(tracks: Sequence[Track], output: Output, tell: Callable[[str], None]) -> None:
    here = present(tracks)
    _tell_missing(len(tracks) - len(here))
    if not here:
        return
    assert output.path is not None
    if output.path.suffix.lower() in FILM_SUFFIXES:
        join(here, output.path)
        tell(f"Film: {output.path}")
        return
    if output.path.is_file():
        raise RequestError(f"{output.path} is a file: give a folder for the clips.")
    for path in cut_apart(here, output.path, output.reencode):
        tell(f"Clip: {path}")


def _tell_missing(missing: int) -> None:
    if missing:
        what = "1 moment is" if missing == 1 else f"{missing} moments are"
        say(f"{what} left out: their files are missing.")
