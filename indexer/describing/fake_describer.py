"""A describer that needs no model: it names the colours it sees; for tests and for dry trials."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.describing.describer import Announce, Checkpoint, Describer, DescriberOptions, Picture
from indexer.errors import RequestError
from indexer.media.clip import Clip
from indexer.media.readers.reader import FrameSize

_COLOURS = {
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "grey": (128, 128, 128),
    "red": (200, 30, 30),
    "green": (30, 160, 30),
    "blue": (30, 30, 200),
    "yellow": (230, 220, 30),
    "purple": (140, 40, 160),
    "turquoise": (40, 200, 200),
}


class FakeDescriber:
    """Says which colour each end of a clip has on average: the same words for the same frames."""

    edge, square = 64, False

    def __init__(self, batch_size: int) -> None:
        self.batch_size = batch_size

    def describe(self, clips: Sequence[Clip]) -> list[str]:
        """Return `A COLOUR picture.` or `A COLOUR picture turns COLOUR.` for each clip."""
        return [_sentence(_name(clip.frames[0]), _name(clip.frames[-1])) for clip in clips]

    def answer(self, clips: Sequence[Clip], questions: Sequence[str]) -> list[str]:
        """Return yes or no where that is asked for, the middle's colour, or the description."""
        return [_answer(clip, text.lower()) for clip, text in zip(clips, questions, strict=True)]

    def likelihoods(self, clips: Sequence[Clip], questions: Sequence[str]) -> list[float]:
        """Return from 0.05 to 0.95: the share of frames that have a colour asked about."""
        return [
            _likelihood(clip, text.lower()) for clip, text in zip(clips, questions, strict=True)
        ]

    def answer_pictures(self, pictures: Sequence[Picture], question: str) -> str:
        """Return the pictures' captions and colours; more than four are too many."""
        if len(pictures) > 4:
            raise RequestError("This model reads at most 4 pictures at a time: give fewer.")
        return ", ".join(f"{each.caption} {_name(each.pixels)}".strip() for each in pictures)

    def remember(self, frames: int) -> None:
        """There is nothing to be remembered."""

    def complete(self, requests: Sequence[str]) -> list[str]:
        """Return each request's last line."""
        return [request.splitlines()[-1] for request in requests]


def locate(options: DescriberOptions, announce: Announce) -> Checkpoint:
    """Return the one fake checkpoint there is."""
    return Checkpoint(options.model, "1")


def frame_size(checkpoint: Checkpoint) -> FrameSize | None:
    """Return nothing: there is nothing to load that would take time."""
    return None


def load(options: DescriberOptions, checkpoint: Checkpoint, announce: Announce) -> Describer:
    """Return a fake describer."""
    return FakeDescriber(options.batch_size or 8)


def _sentence(first: str, last: str) -> str:
    return f"A {first} picture." if first == last else f"A {first} picture turns {last}."


def _likelihood(clip: Clip, question: str) -> float:
    asked = set(re.findall(r"\w+", question)) & set(_COLOURS)
    share = sum(_name(frame) in asked for frame in clip.frames) / len(clip.frames)
    return 0.05 + 0.9 * share if asked else 0.5


def _answer(clip: Clip, question: str) -> str:
    if "yes or no" in question:
        return "Yes." if _likelihood(clip, question) > 0.5 else "No."
    if re.search(r"\bcolou?r\b", question):
        return f"{_name(clip.frames[len(clip.frames) // 2])}.".capitalize()
    return _sentence(_name(clip.frames[0]), _name(clip.frames[-1]))


def _name(frame: NDArray[np.uint8]) -> str:
    mean = frame.reshape(-1, 3).mean(0)
    return min(_COLOURS, key=lambda name: float(np.abs(mean - _COLOURS[name]).sum()))
