"""The first stage: the vision tower alone learns to see single frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from indexer.describing.hardware import Hardware
from toy.dataset.frame_rendering import SIDE
from toy.training.auxiliary_heads import FrameHead, OutlineHead
from toy.training.batches import Frames, Glances
from toy.training.device import autocast, moved
from toy.training.network import PATCH
from toy.training.training_loop import Log, Optimisers, Plan, Saved, batches

_FRAMES = 64
_EASY_SHARE = 0.1
_SAVE_EVERY = 200


class Eye(nn.Module):
    """The parts of the network that see: the vision tower and the connector."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.vision_model = network.model.vision_model
        self.connector = network.model.connector

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return a frame's patches and its tokens."""
        patches = self.vision_model(pixel_values=pixels).last_hidden_state
        return patches.float(), self.connector(patches).float()


def learn_to_see(network: Any, plan: Plan, folder: Path, hardware: Hardware) -> FrameHead:
    """Teach the tower and connector of `network` in place; return the head that reads frames."""
    eye = Eye(network)
    width = network.config.text_config.hidden_size
    frame_head = FrameHead(width)
    outline_head = OutlineHead(network.config.vision_config.hidden_size, width, SIDE // PATCH)
    heads = nn.ModuleList([frame_head, outline_head]).to(hardware.device)
    optimisers = Optimisers(eye, heads, plan, hardware)
    saved = Saved(folder / "vision.pt")
    first = saved.load(eye, heads, optimisers)
    log = Log("vision", plan.steps)
    frames = Frames(plan.seed, plan.steps, _FRAMES, int(_EASY_SHARE * plan.steps))
    for step, drawn in enumerate(batches(frames, first), first):
        batch: Glances = moved(drawn, hardware.device)
        with autocast(hardware):
            patches, features = eye(batch.pixels)
        named = frame_head.loss(features, batch.seen)
        outlined = outline_head.loss(patches, features, batch.masks, batch.outlines)
        optimisers.step(named + outlined, step)
        colour, shape, ground = frame_head.right(features.detach(), batch.seen)
        log.add(
            step,
            {
                "names": named.item(),
                "outline": outlined.item(),
                "colour": colour,
                "shape": shape,
                "background": ground,
            },
        )
        if (step + 1) % _SAVE_EVERY == 0 or step + 1 == plan.steps:
            saved.save(step + 1, eye, heads, optimisers)
    return frame_head
