"""Which numbers train on a device, and that a batch gets there whole."""

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from indexer.describing.hardware import Hardware
from tests.toy.training.plans import plan
from toy.training.batches import EVERYTHING, Windows
from toy.training.device import autocast, choose, moved


@pytest.mark.parametrize("likes", [torch.float32, torch.bfloat16, torch.float16])
def test_numbers_that_train_without_scaled_losses(
    likes: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "toy.training.device.choose_hardware", lambda device: Hardware(device, likes)
    )
    chosen = choose("cpu")
    assert chosen.dtype == (torch.bfloat16 if likes == torch.bfloat16 else torch.float32)
    with autocast(chosen):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == chosen.dtype


def test_a_batch_is_moved_with_all_its_parts(tokenizer: PreTrainedTokenizerFast) -> None:
    batch = moved(Windows(tokenizer, plan(5), 2, EVERYTHING)[0], "meta")
    assert batch.rows.ids.is_meta
    assert batch.seen.place.is_meta
    assert batch.pixels.is_meta
