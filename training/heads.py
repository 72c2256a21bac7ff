"""Heads that teach and are thrown away: they ask parts of the network for what they must know.

From descriptions alone a network this small learns shapes and motions hardly or late.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from toyworld.world import BACKGROUNDS, COLOURS, MOTIONS, SHAPES
from training.batches import Seen
from training.network import FRAME_TOKENS
from training.pictures import MASK_SIDE, OUTLINE_SIDE
from training.rows import Rows

# The text layers after which a frame's last token should know how things moved since the frame
# before, and the motion so far.
FRAME_LAYERS = (2, 3)
# The layer after which a question's words should know whether they fit, and what they are about.
MEANING_LAYER = 4
# The layer after which the last token of a question should know what all of it comes to.
JUDGEMENT_LAYER = 5
_MOST_UNFIT = 4


def _mean_where(values: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
    """Return the mean of the values where `where` is 1, or 0 where it never is."""
    return (values * where).sum() / where.sum().clamp(min=1)


def _named(scores: torch.Tensor, names: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy of scores where a name (not -1) applies."""
    known = names >= 0
    if not known.any():
        return scores.sum() * 0
    return functional.cross_entropy(scores[known], names[known])


class FrameHead(nn.Module):
    """What is in a frame, from all its tokens: names and place."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self._sizes = [len(COLOURS), len(SHAPES), len(BACKGROUNDS), 3]
        self.norm = nn.LayerNorm(width * FRAME_TOKENS)
        self.read = nn.Linear(width * FRAME_TOKENS, sum(self._sizes))

    def loss(self, features: torch.Tensor, seen: Seen) -> torch.Tensor:
        """Return how wrong `features`, shape (frames, FRAME_TOKENS, width), are about `seen`."""
        colour, shape, ground, place = self._read(features)
        there = (seen.shape >= 0).float()
        far = (place - seen.place).pow(2).mean(1)
        names = _named(colour, seen.colour) + _named(shape, seen.shape)
        return names + _named(ground, seen.background) + 6 * _mean_where(far, there)

    def right(self, features: torch.Tensor, seen: Seen) -> list[float]:
        """Return the shares of colours, shapes and backgrounds that are right."""
        read = self._read(features)[:3]
        truth = (seen.colour, seen.shape, seen.background)
        shares = []
        for scores, names in zip(read, truth, strict=True):
            known = names >= 0
            shares.append((scores.argmax(1) == names)[known].float().mean().item())
        return shares

    def _read(self, features: torch.Tensor) -> tuple[torch.Tensor, ...]:
        read: torch.Tensor = self.read(self.norm(features.flatten(1)))
        return torch.split(read, self._sizes, -1)


class OutlineHead(nn.Module):
    """Where the shape is, from each patch, and its outline, from all tokens of a frame."""

    def __init__(self, vision_width: int, width: int, patches_a_side: int) -> None:
        super().__init__()
        self._side, self._cells = patches_a_side, MASK_SIDE // patches_a_side
        self.mask = nn.Linear(vision_width, self._cells**2)
        self.norm = nn.LayerNorm(width * FRAME_TOKENS)
        self.outline = nn.Linear(width * FRAME_TOKENS, OUTLINE_SIDE**2)

    def loss(
        self,
        patches: torch.Tensor,
        features: torch.Tensor,
        masks: torch.Tensor,
        outlines: torch.Tensor,
    ) -> torch.Tensor:
        """Return how wrong patches and features are about masks and outlines."""
        side, cells = self._side, self._cells
        cut = masks.view(-1, side, cells, side, cells).transpose(2, 3).flatten(3).flatten(1, 2)
        covered = functional.binary_cross_entropy_with_logits(self.mask(patches), cut)
        drawn = functional.binary_cross_entropy_with_logits(
            self.outline(self.norm(features.flatten(1))), outlines.flatten(1)
        )
        return 3 * covered + 3 * drawn


class MotionHead(nn.Module):
    """How things move: from image tokens and from the text layers at the end of each frame."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.token_norm, self.token = nn.LayerNorm(width), nn.Linear(width, 3)
        self.step_norm, self.step = nn.LayerNorm(width), nn.Linear(width, 7)
        self.motion_norm, self.motion = nn.LayerNorm(width), nn.Linear(width, len(MOTIONS) + 3)

    def loss(
        self, features: torch.Tensor, layers: list[torch.Tensor], seen: Seen, windows: int
    ) -> tuple[torch.Tensor, float]:
        """Return how wrong tokens are about motion, and the share of motions that are right.

        `layers` are the states of the tokens that close each frame, after each of FRAME_LAYERS:
        shape (frames, width).
        """
        there = (seen.shape >= 0).float()
        token = self.token(self.token_norm(features)) - seen.place[:, None]
        lost = _mean_where(token.pow(2).mean((1, 2)), there)
        step = self.step(self.step_norm(layers[0]))
        lost = lost + _mean_where((step[:, :3] - seen.place).pow(2).mean(1), there)
        moved, both = _moves(seen, there, windows)
        lost = 6 * (lost + _mean_where((step[:, 3:6] - 4 * moved).pow(2).mean(1), both))
        starts = 1 - seen.goes_on.view(windows, -1)
        number = (starts.cumsum(1) - 1).clamp(max=2).long().flatten()
        new = starts.clone()
        new[:, 0] = 0
        read = self.motion(self.motion_norm(layers[1]))
        motion = read[:, : len(MOTIONS)]
        lost = lost + _named(motion, seen.motion)
        lost = lost + functional.cross_entropy(read[:, len(MOTIONS) :], number)
        lost = lost + functional.binary_cross_entropy_with_logits(step[:, 6], new.flatten())
        known = seen.motion >= 0
        right = (motion.argmax(1) == seen.motion)[known].float().mean().item()
        return lost, right


class QuestionHead(nn.Module):
    """What a question's words mean here: whether a claim fits, which sight a reference is about."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self._sizes = [len(BACKGROUNDS), len(COLOURS), len(SHAPES), len(MOTIONS)]
        self.fit_norm, self.fit = nn.LayerNorm(width), nn.Linear(width, 2)
        self.about_norm, self.about = nn.LayerNorm(width), nn.Linear(width, sum(self._sizes))
        self.judge_norm = nn.LayerNorm(width)
        self.judge = nn.Linear(width, _MOST_UNFIT + 1 + sum(self._sizes))

    def loss(
        self, meaning: torch.Tensor, judgement: torch.Tensor, rows: Rows
    ) -> tuple[torch.Tensor, float, float]:
        """Return how wrong the states after MEANING_LAYER and JUDGEMENT_LAYER are.

        Both are of shape (rows, tokens, width). With it the shares of words and of whole claims
        that are judged right.
        """
        said = rows.fits >= 0
        fits = self.fit(self.fit_norm(meaning[said]))
        lost = 2 * _named(fits, rows.fits[said])
        right = (fits.argmax(1) == rows.fits[said]).float().mean().item()
        read: torch.Tensor = self.about(
            self.about_norm(meaning[rows.about[:, 0], rows.about[:, 1]])
        )
        names = rows.about[:, 2:]
        for number, scores in enumerate(torch.split(read, self._sizes, -1)):
            lost = lost + 0.5 * _named(scores, names[:, number])
        judged: torch.Tensor = self.judge(
            self.judge_norm(judgement[rows.judged[:, 0], rows.judged[:, 1]])
        )
        unfit, *about = torch.split(judged, [_MOST_UNFIT + 1, *self._sizes], -1)
        lost = lost + 2 * _named(unfit, rows.judged[:, 2])
        for number, scores in enumerate(about):
            lost = lost + 0.5 * _named(scores, rows.judged[:, 3 + number])
        claims = rows.judged[:, 2] >= 0
        whole = (unfit.argmax(1) == rows.judged[:, 2])[claims].float().mean().item()
        return lost, right, whole


class Heads(nn.Module):
    """All heads of joint training; `frame` comes from the vision stage."""

    def __init__(self, frame: FrameHead, width: int) -> None:
        super().__init__()
        self.frame, self.motion, self.question = frame, MotionHead(width), QuestionHead(width)


def _moves(seen: Seen, there: torch.Tensor, windows: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return how far each frame's shape is from the last frame's, and where that can be told."""
    places, shown = seen.place.view(windows, -1, 3), there.view(windows, -1)
    moved, both = torch.zeros_like(places), torch.zeros_like(shown)
    moved[:, 1:] = places[:, 1:] - places[:, :-1]
    both[:, 1:] = shown[:, 1:] * shown[:, :-1] * seen.goes_on.view(windows, -1)[:, 1:]
    return moved.flatten(0, 1), both.flatten()
