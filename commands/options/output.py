"""The options by which tracks become something that plays, shared by all commands that make it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from playlist.formats.registry import FILM_SUFFIXES, NAMES, Format, format_for
from playlist.path_mapping import Places, mappings
from playlist.players import PLAYERS, chosen

if TYPE_CHECKING:
    pass

CLIPS = "clips"


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
