"""What the decoding process is asked and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from indexer.media.clip import Clip
from indexer.speech.languages import Languages
from indexer.speech.transcript import Subtitles
from indexer.video import Video
from indexer.windows import Window

if TYPE_CHECKING:
    from indexer.media.timeline import Timeline


@dataclass(frozen=True, slots=True)
class ProbeOrder:
    """Asks for a file's `Probed`."""

    path: Path


@dataclass(frozen=True, slots=True)
class LengthOrder:
    """Asks how long a file's header says it is."""

    path: Path


@dataclass(frozen=True, slots=True)
class CuesOrder:
    """Asks for a file's subtitles in one of its languages."""

    path: Path
    languages: Languages


@dataclass(frozen=True, slots=True)
class ClipsOrder:
    """Asks for the clips of a file's windows, by the readers named, in that order.

    A `timeline` read before saves reading the file's packets again.
    """

    path: Path
    timeline: Timeline | None
    windows: tuple[Window, ...]
    frames: int
    edge: int
    square: bool
    readers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Probed:
    """A file's video and its timeline."""

    video: Video
    timeline: Timeline


@dataclass(frozen=True, slots=True)
class Length:
    """How long a file says it is, in ms; 0 where it does not."""

    length_ms: int


@dataclass(frozen=True, slots=True)
class StillOrder:
    """Asks for the picture on screen at `at_ms`, at most `edge` pixels wide or high."""

    path: Path
    at_ms: int
    edge: int


@dataclass(frozen=True, slots=True)
class Still:
    """A picture: uint8 RGB, shape (height, width, 3), upright."""

    pixels: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Done:
    """The order is carried out."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The file cannot be read (further), and why."""

    error: str


Order = ProbeOrder | LengthOrder | CuesOrder | ClipsOrder | StillOrder
Reply = Probed | Length | Subtitles | Clip | Still | Done | Broken


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply, and the seconds of work it took."""

    reply: Reply
    seconds: float
