"""Pictures beside answers, in terminals that can show them (kitty's protocol, or sixel)."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from threading import Thread
from time import monotonic
from typing import Any

from rich.console import Console
from rich.control import Control
from rich.text import Text

from playlist.tracks import Track

# Pictures that are not there by then are left out: the words matter more.
_PATIENCE_S = 4.0
_THREADS = 4
_MOST_ROWS = 4
# Columns a row of a picture is wide: 16:9, of cells twice as high as wide.
_SHAPE = 32 / 9


def picture_kind() -> Callable[..., Any] | None:
    """Return what draws a picture in this terminal; None where nothing does.

    Asking the terminal takes a moment; it is asked only where somebody sits at it.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    if 0 in os.get_terminal_size(sys.stdout.fileno()):
        return None  # it does not say how large it is: no picture would fit
    try:
        from textual_image.renderable import Image, SixelImage, TGPImage
    except ImportError:  # the extra [pictures]
        return None
    return Image if Image in {SixelImage, TGPImage} else None


def stills_of(tracks: Sequence[Track]) -> list[bytes]:
    """Return a small picture of each track, as JPEG; empty where none could be had in time."""
    from playlist.formats.contact_sheet import thumbnail_of

    stills = [b""] * len(tracks)

    def read(first: int) -> None:
        for number in range(first, len(tracks), _THREADS):
            stills[number] = thumbnail_of(tracks[number])

    # In threads that end with the program: a disk that hangs keeps nobody.
    threads = [Thread(target=read, args=(first,), daemon=True) for first in range(_THREADS)]
    for thread in threads:
        thread.start()
    until = monotonic() + _PATIENCE_S
    for thread in threads:
        thread.join(max(0.0, until - monotonic()))
    return list(stills)


def rows_each(console: Console, answers: int) -> int:
    """Return how many rows of the screen each of so many answers may take, two at least."""
    return max(2, min(_MOST_ROWS, (console.height - 2) // max(1, answers)))


def columns_of(rows: int) -> int:
    """Return how many columns a picture takes that is so many rows high, with a gap after it."""
    return round(rows * _SHAPE) + 1


def print_beside(
    console: Console, kind: Callable[..., Any], still: bytes, rows: int, lines: Sequence[Text]
) -> None:
    """Print lines with a picture to the left of them."""
    offset = columns_of(rows)
    height = max(rows, len(lines))
    if still:
        console.print(kind(io.BytesIO(still), width=offset - 1, height=rows), end="")
        console.print("\n" * (height - rows), end="")
    else:
        console.print("\n" * height, end="")
    console.control(Control.move(0, -height))
    for line in lines:
        console.control(Control.move_to_column(offset))
        console.print(line, no_wrap=True, overflow="ellipsis", crop=True)
    console.print("\n" * (height - len(lines)), end="")
