"""Layers as they train fastest: the library's numbers, by another route."""

from __future__ import annotations

from shutil import which
from typing import Any

import torch
from torch.nn import functional
from transformers import AttentionInterface

from indexer.describing.hardware import Hardware

_NAME = "plain"


def train_fast(network: Any, hardware: Hardware) -> None:
    """Let a network attend and cut patches in the ways that are quickest to learn through.

    The backward pass of torch's fused attention is quicker than plain products in float32, and
    several times slower in bfloat16 on a CPU. That of a convolution took a third of a step, and
    patches do not overlap: a product does.
    """
    AttentionInterface.register(_NAME, _plain)
    plain = hardware.half and hardware.device == "cpu"
    network.set_attn_implementation(
        {"vision_config": "eager", "text_config": _NAME} if plain else "sdpa"
    )
    patches = network.model.vision_model.embeddings.patch_embedding
    patches.forward = lambda pixels: _patches(patches, pixels)


def compile_layers(network: Any) -> None:
    """Let torch make one of the small operations of each layer, where a compiler is to be had.

    That takes less than a minute and saves a tenth of each step.
    """
    if which("g++") or which("clang++"):
        for layer in (*network.model.text_model.layers, *network.model.vision_model.encoder.layers):
            layer.compile(dynamic=True)


def _patches(convolution: Any, pixels: torch.Tensor) -> torch.Tensor:
    """Return what a convolution without overlap makes of pixels: (frames, width, rows, columns)."""
    side = convolution.kernel_size[0]
    rows, columns = pixels.shape[-2] // side, pixels.shape[-1] // side
    cut = functional.unfold(pixels, side, stride=side).transpose(1, 2)
    out = functional.linear(cut, convolution.weight.flatten(1), convolution.bias)
    return out.transpose(1, 2).reshape(len(pixels), -1, rows, columns)


def _plain(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor,
    scaling: float,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Attend where `attention_mask`, to be added to the scores, is 0 and not far below."""
    groups = module.num_key_value_groups
    key, value = (each.repeat_interleave(groups, dim=1) for each in (key, value))
    scores = (query * scaling) @ key.transpose(2, 3) + attention_mask.to(query.dtype)
    return (scores.softmax(-1) @ value).transpose(1, 2).contiguous(), None
