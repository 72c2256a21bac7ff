"""Heads that teach and are thrown away: they ask parts of the network for what they must know.

From descriptions alone a network this small learns shapes and motions hardly or late.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from toy.dataset.frame_rendering import MASK_SIDE, OUTLINE_SIDE
from toy.training.batches import NAMED_SIZES, Seen
from toy.training.network import FRAME_TOKENS
from toy.training.token_rows import SCENES, Rows
from toy.world.scenes import BACKGROUNDS, COLOURS, MOTIONS, SHAPES

# The text layers after which a frame's last token should know how things moved since the frame
# before, and the motion so far.
FRAME_LAYERS = (2, 3)
# The layers after which a question's words should know which scenes they fit (at the end a layer
# later, since a motion is known after three only, and has to be compared), the last word that
# points to a scene what that shows, and the last token of a question what all of it comes to.
FITS_LAYER, CLOSE_FITS_LAYER = 4, 5
ABOUT_LAYER, JUDGEMENT_LAYER = 5, 6
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
        self._sizes = [len(MOTIONS), len(NAMED_SIZES), SCENES]
        self.motion_norm, self.motion = nn.LayerNorm(width), nn.Linear(width, sum(self._sizes))

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
        number = (starts.cumsum(1) - 1).clamp(max=SCENES - 1).long().flatten()
        new = starts.clone()
        new[:, 0] = 0
        read: torch.Tensor = self.motion(self.motion_norm(layers[1]))
        motion, size, scene = torch.split(read, self._sizes, -1)
        lost = lost + _named(motion, seen.motion) + _named(size, seen.size)
        lost = lost + functional.cross_entropy(scene, number)
        lost = lost + functional.binary_cross_entropy_with_logits(step[:, 6], new.flatten())
        known = seen.motion >= 0
        right = (motion.argmax(1) == seen.motion)[known].float().mean().item()
        return lost, right


class QuestionHead(nn.Module):
    """What a question's words mean here: which scenes they fit, which sight they are about."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self._sizes = [len(BACKGROUNDS), len(COLOURS), len(SHAPES), len(MOTIONS)]
        self.fits_norm, self.fits = nn.LayerNorm(width), nn.Linear(width, SCENES)
        self.about_norm, self.about = nn.LayerNorm(width), nn.Linear(width, sum(self._sizes))
        self.judge_norm = nn.LayerNorm(width)
        self.judge = nn.Linear(width, _MOST_UNFIT + 1 + sum(self._sizes))

    def loss(
        self, layers: list[torch.Tensor], rows: Rows, fits_layer: int
    ) -> tuple[torch.Tensor, float, float]:
        """Return how wrong the states after each layer, shape (rows, tokens, width), are.

        With it the shares of words and of whole claims that are judged right.
        """
        fits = self.fits(self.fits_norm(_at(layers[fits_layer], rows.fits)))
        wanted = rows.fits[:, 2:].float()
        lost = 4 * functional.binary_cross_entropy_with_logits(fits, wanted)
        right = ((fits > 0) == (wanted > 0)).all(1).float().mean().item()
        lost = lost + self.told_loss(layers, rows)
        judged = self.judge(self.judge_norm(_at(layers[JUDGEMENT_LAYER], rows.judged)))
        unfit, about = judged.tensor_split([_MOST_UNFIT + 1], -1)
        lost = lost + 2 * _named(unfit, rows.judged[:, 2])
        lost = lost + 0.5 * self._sight_loss(about, rows.judged[:, 3:])
        claims = rows.judged[:, 2] >= 0
        whole = (unfit.argmax(1) == rows.judged[:, 2])[claims].float().mean().item()
        return lost, right, whole

    def told_loss(self, layers: list[torch.Tensor], rows: Rows) -> torch.Tensor:
        """Return how little the tokens that are about a sight tell what that is."""
        about = self.about(self.about_norm(_at(layers[ABOUT_LAYER], rows.about)))
        return 0.5 * self._sight_loss(about, rows.about[:, 2:])

    def _sight_loss(self, scores: torch.Tensor, names: torch.Tensor) -> torch.Tensor:
        parts = torch.split(scores, self._sizes, -1)
        losses = [_named(part, names[:, number]) for number, part in enumerate(parts)]
        return torch.stack(losses).sum()


def _at(states: torch.Tensor, listed: torch.Tensor) -> torch.Tensor:
    """Return the states of listed tokens, by row and token: shape (entries, width)."""
    return states[listed[:, 0], listed[:, 1]].float()


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
