"""What the joint stage reads and counts is what the network itself makes of a batch."""

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from tests.toy.training.plans import CPU, plan
from toy.training.auxiliary_heads import FITS_LAYER, FrameHead, Heads
from toy.training.batches import EVERYTHING, Windows
from toy.training.fused_attention import train_fast
from toy.training.joint_stage import _embedded, _frame_ends, _look, _loss, _read, _visible
from toy.training.network import make_network
from toy.training.token_rows import IGNORED, Row, together


def test_branches_see_the_stem_and_themselves_only(tokenizer: PreTrainedTokenizerFast) -> None:
    torch.manual_seed(0)
    network = make_network(tokenizer).eval()
    train_fast(network, CPU)
    stem, first, second = [3, 7, 30, 31], [40, 41, 42], [50, 51]
    both, alone = Row(stem), Row(stem)
    both.add(first, [60], 1.0)
    both.add(second, [61], 1.0)
    alone.add(second, [61], 1.0)
    states = []
    for row in (both, alone):
        rows = together([row])
        with torch.inference_mode():
            states.append(
                network.model.text_model(
                    input_ids=rows.ids,
                    attention_mask=_visible(rows),
                    position_ids=rows.positions,
                    use_cache=False,
                ).last_hidden_state[0]
            )
    assert torch.allclose(states[0][-3:], states[1][-3:], atol=1e-4)
    assert together([both]).labels[0].tolist().count(IGNORED) == len(both.ids) - 2


def test_a_batch_teaches_every_part(tokenizer: PreTrainedTokenizerFast) -> None:
    network = make_network(tokenizer)
    train_fast(network, CPU)
    batch = Windows(tokenizer, plan(5), 2, EVERYTHING)[0]
    states, features, layers = _look(network, batch)
    frames = batch.pixels.shape[0] * batch.pixels.shape[1]
    assert int(_frame_ends(network, batch.rows).sum()) == frames
    assert len(layers) == network.config.text_config.num_hidden_layers
    assert len(states) == int((batch.rows.labels != IGNORED).sum())
    (states.sum() + features.sum()).backward()  # type: ignore[no-untyped-call]
    assert all(weights.grad is not None for weights in network.model.parameters())


def test_what_training_reads_is_what_the_network_itself_makes_of_it(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    torch.manual_seed(0)
    network = make_network(tokenizer).eval()
    rows = Windows(tokenizer, plan(5), 3, EVERYTHING)[0].texts
    with torch.inference_mode():
        whole = network.model.text_model(
            input_ids=rows.ids, attention_mask=_visible(rows), position_ids=rows.positions
        ).last_hidden_state
        train_fast(network, CPU)
        states, layers = _read(network, rows, _embedded(network, rows))
    assert torch.allclose(states, whole[:, :-1][rows.labels[:, 1:] != IGNORED], atol=1e-4)
    assert torch.equal(layers[0], network.get_input_embeddings()(rows.ids))


def test_heads_that_count_nothing_are_not_worked_out(tokenizer: PreTrainedTokenizerFast) -> None:
    network = make_network(tokenizer)
    train_fast(network, CPU)
    batch = Windows(tokenizer, plan(5), 2, EVERYTHING)[0]
    heads = Heads(FrameHead(192), 192)
    _, with_heads = _loss(network, heads, batch, 0.5, FITS_LAYER, CPU)
    _, without = _loss(network, heads, batch, 0.0, FITS_LAYER, CPU)
    assert set(with_heads) - set(without) == {
        "seen",
        "moved",
        "motion right",
        "fits right",
        "claims right",
    }
    assert without["words"] == pytest.approx(with_heads["words"], rel=1e-5)
