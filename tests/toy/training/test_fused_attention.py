"""Fused attention gives what the plain one gives."""

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from indexer.describing.hardware import Hardware
from tests.toy.training.plans import CPU, plan
from toy.training.auxiliary_heads import FITS_LAYER, FrameHead, Heads
from toy.training.batches import EVERYTHING, Windows
from toy.training.fused_attention import train_fast
from toy.training.joint_stage import _loss
from toy.training.network import make_network


def test_attention_trains_alike_by_either_route(tokenizer: PreTrainedTokenizerFast) -> None:
    """The fused one of float32 and the plain one of bfloat16: the same loss in float32."""
    torch.manual_seed(0)
    network = make_network(tokenizer)
    batch = Windows(tokenizer, plan(5), 2, EVERYTHING)[0]
    heads = Heads(FrameHead(192), 192)
    losses = []
    for hardware in (CPU, Hardware("cpu", torch.bfloat16)):
        train_fast(network, hardware)
        losses.append(_loss(network, heads, batch, 0.5, FITS_LAYER, CPU)[0].item())
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
