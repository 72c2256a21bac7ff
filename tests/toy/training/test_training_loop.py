"""A stage that was left goes on to the same weights."""

from pathlib import Path

import torch
from transformers import PreTrainedTokenizerFast

from tests.toy.training.plans import CPU, plan
from toy.training.auxiliary_heads import FITS_LAYER, FrameHead, Heads
from toy.training.batches import EVERYTHING, Windows
from toy.training.fused_attention import train_fast
from toy.training.joint_stage import _loss
from toy.training.network import make_network
from toy.training.training_loop import Optimisers, Saved


def test_a_stage_goes_on_where_it_was_left(
    tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    """Two steps, saved, and a third: the same weights as three in one go."""
    ends = []
    for stops in ((3,), (2, 3)):
        torch.manual_seed(0)
        first = 0
        saved = Saved(tmp_path / f"{len(stops)}.pt")
        for stop in stops:
            network = make_network(tokenizer)
            train_fast(network, CPU)
            heads = Heads(FrameHead(192), 192)
            optimisers = Optimisers(network, heads, plan(2), CPU, 0.5)
            if first == 0:
                torch.manual_seed(1)
                for weights in [*network.parameters(), *heads.parameters()]:
                    torch.nn.init.normal_(weights, std=0.02)
            first = saved.load(network, heads, optimisers)
            windows = Windows(tokenizer, plan(2), 2, EVERYTHING)
            for step in range(first, stop):
                loss, _ = _loss(network, heads, windows[step], 0.5, FITS_LAYER, CPU)
                optimisers.step(loss, step)
            saved.save(stop, network, heads, optimisers)
        ends.append(network.model.text_model.layers[0].mlp.up_proj.weight)
    assert torch.allclose(ends[0], ends[1], atol=1e-6)
