"""Token rows: a look at a window's frames, and many questions that share it.

A row is a prompt with a window's frames (its stem) and after it several branches, each a question
and its answer. A branch sees the stem and itself, and its positions count on from the stem, so
each is exactly what the processor would have made of that question alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import torch
from num2words import num2words

from toy.dataset.question import Mark, Question
from toy.dataset.visible_labels import Sight
from toy.training.network import FRAME_EDGE, FRAME_TOKENS, IMAGE, UTTERANCE_END
from toy.world.scenes import BACKGROUNDS, COLOURS, MOTIONS, SHAPES

IGNORED = -100
# The most scenes in a window.
SCENES = 3


@dataclass(frozen=True, slots=True)
class Rows:
    """Token rows: ids, positions, branches (0 the stem, -1 padding), labels and their weights.

    These of shape (rows, tokens); a label is the id of the token itself, IGNORED where not learnt.
    `fits` lists tokens that name an attribute: (row, token, and for each of SCENES scenes whether
    it shows that, 0 or 1). `about` lists tokens that refer to a sight: (row, token, background,
    colour, shape, motion), the last four by number or -1. `judged` lists the last token of each
    question, from which the answer follows: (row, token, how many of a claim's words do not fit
    the nearest scene or -1, and as above).
    """

    ids: torch.Tensor
    positions: torch.Tensor
    branches: torch.Tensor
    labels: torch.Tensor
    weights: torch.Tensor
    fits: torch.Tensor
    about: torch.Tensor
    judged: torch.Tensor


def stem_of(frames: int, times_s: list[float], length_s: float) -> str:
    """Return the prompt of a video up to its question, as SmolVLM2's processor words it."""
    image = f"{FRAME_EDGE}<global-img>{IMAGE * FRAME_TOKENS}{FRAME_EDGE}"
    shown = "".join(
        f"\nFrame from {int(at // 60):02d}:{int(at % 60):02d}:{image}" for at in times_s
    )
    return (
        f"<|im_start|>User: You are provided the following series of {num2words(frames)} frames"
        f" from a {timedelta(seconds=int(length_s))} [H:MM:SS] video.\n{shown}"
    )


def branch_of(question: Question) -> tuple[str, str]:
    """Return what follows a stem: the question, and its answer to be learnt."""
    return (
        f"\n\n{question.text}{UTTERANCE_END}\nAssistant:",
        f" {question.answer}{UTTERANCE_END}",
    )


class Row:
    """One row in the making."""

    def __init__(self, stem: list[int]) -> None:
        self.ids = list(stem)
        self.positions = list(range(len(stem)))
        self.branches = [0] * len(stem)
        self.labels = [IGNORED] * len(stem)
        self.weights = [0.0] * len(stem)
        self.fits: list[tuple[int, ...]] = []
        self.about: list[tuple[int, ...]] = []
        self.judged: list[tuple[int, ...]] = []
        self._stem, self._branch = len(stem), 0

    def add(self, said: list[int], answer: list[int], weight: float) -> None:
        """Add a branch of which the answer is learnt."""
        self._branch += 1
        count = len(said) + len(answer)
        self.ids += said + answer
        self.positions += range(self._stem, self._stem + count)
        self.branches += [self._branch] * count
        self.labels += [IGNORED] * len(said) + answer
        self.weights += [0.0] * len(said) + [weight] * len(answer)

    def mark(self, place: int, mark: Mark) -> None:
        """Mark token `place` of the branch added last, counted from its first."""
        token = self.branches.index(self._branch) + place
        if mark.fits:
            missing = (0,) * (SCENES - len(mark.fits))
            self.fits.append((token, *map(int, mark.fits), *missing))
        if mark.about is not None:
            self.about.append((token, *_numbers(mark.about)))

    def judge(self, place: int, marks: Sequence[Mark]) -> None:
        """Say at token `place` of the branch added last what all its marks come to."""
        token = self.branches.index(self._branch) + place
        about = next((mark.about for mark in marks if mark.about is not None), None)
        scenes = zip(*(mark.fits for mark in marks), strict=True)
        unfit = -1 if about else min(fits.count(False) for fits in scenes)
        self.judged.append((token, unfit, *(_numbers(about) if about else (-1,) * 4)))


def _numbers(sight: Sight) -> tuple[int, ...]:
    """Return a sight's attributes by number, -1 where it has none."""
    named = (
        (list(BACKGROUNDS), sight.background),
        (list(COLOURS), sight.colour),
        (list(SHAPES), sight.shape),
        (list(MOTIONS), sight.motion),
    )
    return tuple(names.index(name) if name else -1 for names, name in named)


def together(rows: list[Row]) -> Rows:
    """Return rows as one batch, padded at the end."""
    longest = max(len(row.ids) for row in rows)

    def padded(name: str, filler: float, dtype: torch.dtype) -> torch.Tensor:
        lists = [getattr(row, name) for row in rows]
        return torch.tensor(
            [each + [filler] * (longest - len(each)) for each in lists], dtype=dtype
        )

    return Rows(
        padded("ids", 0, torch.long),
        padded("positions", 0, torch.long),
        padded("branches", -1, torch.long),
        padded("labels", IGNORED, torch.long),
        padded("weights", 0, torch.float32),
        _listed([row.fits for row in rows], 2 + SCENES),
        _listed([row.about for row in rows], 6),
        _listed([row.judged for row in rows], 7),
    )


def _listed(rows: Sequence[Sequence[tuple[int, ...]]], width: int) -> torch.Tensor:
    """Return what rows list, each with its row's number before it: shape (entries, width)."""
    entries = [(number, *each) for number, row in enumerate(rows) for each in row]
    return torch.tensor(entries, dtype=torch.long).view(-1, width)
