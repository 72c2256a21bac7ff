"""Batches: the same for a seed and a step, full rows, lessons that differ."""

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from tests.toy.training.plans import plan
from toy.dataset.question_families import ASKED
from toy.training.batches import BALANCE, CLAIMS, EVERYTHING, Frames, Windows


def test_batches_are_the_same_for_a_seed_and_a_step(tokenizer: PreTrainedTokenizerFast) -> None:
    first, again = (Windows(tokenizer, plan(5), 4, EVERYTHING)[3] for _ in range(2))
    assert torch.equal(first.pixels, again.pixels)
    assert torch.equal(first.rows.ids, again.rows.ids)
    assert not torch.equal(first.pixels, Windows(tokenizer, plan(6), 4, EVERYTHING)[3].pixels)
    frames = Frames(5, 10, 6, 2)[0]
    assert frames.masks.shape == (6, 32, 32)
    assert (frames.masks.flatten(1).max(1).values > 0.5).all()


def test_rows_are_filled_to_one_length(tokenizer: PreTrainedTokenizerFast) -> None:
    rows = Windows(tokenizer, plan(3), 8, EVERYTHING)[1].rows
    assert (rows.branches >= 0).float().mean() > 0.9
    assert rows.branches.max(1).values.min() > 2


def test_lessons_ask_different_questions_of_different_windows(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    first, *others = (
        Windows(tokenizer, plan(5), 4, lesson)[9] for lesson in (EVERYTHING, CLAIMS, BALANCE)
    )
    assert not any(torch.equal(first.pixels, other.pixels) for other in others)
    for lesson in (EVERYTHING, CLAIMS, BALANCE):
        assert set(lesson.shares) == set(ASKED)
        assert sum(lesson.shares.values()) == pytest.approx(1)
    weights = {float(batch.rows.weights.max()) for batch in others}
    assert weights == {CLAIMS.answer_weight, BALANCE.answer_weight}


def test_texts_of_a_batch_sum_up_equally_many_descriptions(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    windows = Windows(tokenizer, plan(4), 5, EVERYTHING)
    counts = []
    for step in range(6):
        texts = [tokenizer.decode(row) for row in windows[step].texts.ids]
        summed = {sum(f"\n{line}. " in text for line in range(1, 6)) for text in texts}
        assert len(summed) == 1
        counts += summed
    assert len(set(counts)) > 1
