"""The small protocol behind which decoders stand, their registry, and which frames they read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from indexer.media.clip import Clip
from indexer.windows import Window

if TYPE_CHECKING:
    from indexer.media.timeline import Timeline


@dataclass(frozen=True, slots=True)
class FrameSize:
    """How large frames are to be: at most `edge` pixels wide or high, in the shape of the video.

    With `square` they are `edge` by `edge` pixels, whatever the shape, as a vision tower reads
    them.
    """

    edge: int
    square: bool = False


class FrameReader(Protocol):
    """Reads the frames of one file, whose timeline is known, in one `FrameSize`."""

    def clips(self, windows: Sequence[Window], frames: int) -> Iterator[Clip]:
        """Yield a clip for each window, in order, decoding front to back once.

        `windows` rise; they may overlap and leave gaps. Of each, the frames on screen at
        `frames` evenly spaced moments are taken, in the shape in which they are displayed
        unless they are to be square.

        Raises:
            VideoError: the file cannot be decoded (further).
        """
        ...


# Tried in this order: the cheapest first, PyAV where the others cannot or must not be trusted.
READERS: dict[str, str] = {
    "sparse": "indexer.media.readers.reference_frame_reader:SparseReader",
    "decord": "indexer.media.readers.decord_reader:DecordReader",
    "pyav": "indexer.media.readers.pyav_reader:PyAVReader",
}

# How a window's frames are chosen → the readers that choose so, tried in order.
SAMPLINGS: dict[str, tuple[str, ...]] = {
    "even": tuple(READERS),
    "keyframes": ("indexer.media.readers.keyframe_reader:KeyframeReader", *READERS),
}


def open_reader(name: str, timeline: Timeline, edge: int, square: bool = False) -> FrameReader:
    """Open the file of `timeline` with the reader called `name` (or `module:class`).

    Frames are scaled down so that the longer side is at most `edge` pixels, never enlarged; with
    `square`, to `edge` by `edge` pixels in one step.

    Raises:
        VideoError: this reader cannot read the file, or would read it wrong.
    """
    module, _, attribute = READERS.get(name, name).partition(":")
    factory = cast(
        "Callable[[Timeline, int, bool], FrameReader]", getattr(import_module(module), attribute)
    )
    return factory(timeline, edge, square)


def scaled_size(width: int, height: int, edge: int, square: bool = False) -> tuple[int, int]:
    """Return (width, height) shrunk so that the longer side is at most `edge`, or `edge` twice."""
    if square:
        return edge, edge
    scale = min(1.0, edge / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))
