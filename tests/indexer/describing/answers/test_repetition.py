"""A model that repeats itself is stopped, and nobody else; with every engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from indexer.describing.answers.repetition import repeats, sentence_ends
from indexer.describing.engines.engine import Engine
from indexer.describing.engines.openvino_engine import OpenVinoEngine
from indexer.describing.engines.torch_engine import TorchEngine
from indexer.describing.patch_positions import place_exactly
from tests.indexer.describing.tiny_models import tiny

END, PADDING, LONGEST = 319, 2, 40
SENTENCE_ENDS = frozenset(range(0, 320, 9))


@pytest.fixture(scope="module")
def model() -> Any:
    """A model that goes round in loops: each token is followed by the one it is mapped to."""
    made = tiny(8)
    place_exactly(made)
    with torch.no_grad():
        for layer in made.model.text_model.layers:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
        table = torch.nn.functional.normalize(torch.randn(320, 64), dim=1)
        made.get_input_embeddings().weight.copy_(table)
        following = torch.arange(320)
        for start, length in ((10, 3), (40, 7), (80, 15), (120, 60)):
            loop = list(range(start, start + length))
            following[loop] = torch.tensor([*loop[1:], loop[0]])
        weights = torch.zeros(320, 64)
        weights[following] = table
        made.lm_head.weight.copy_(weights)
    return made


def _written(engine: Engine, firsts: list[int]) -> list[list[int]]:
    embedded = engine.embed(torch.tensor([[first] for first in firsts])).repeat(1, 3, 1)
    mask = torch.ones(len(firsts), 3, dtype=torch.long)
    with torch.inference_mode():
        ids = engine.write(embedded, mask, LONGEST, [END], PADDING, SENTENCE_ENDS)
    return [row[: row.index(PADDING)] if PADDING in row else row for row in ids.tolist()]


def _openvino(model: Any, folder: Path) -> Engine:
    pytest.importorskip("openvino", reason="OpenVINO is not installed")
    from indexer.describing.engines.openvino_export import _export

    _export(model, folder / "graphs", int8=False)
    return OpenVinoEngine(folder / "graphs", "float32", model.config, model.generation_config)


@pytest.mark.parametrize("kind", ["torch", "openvino"])
def test_a_loop_is_left_when_it_is_one(
    model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    engine = TorchEngine(model) if kind == "torch" else _openvino(model, tmp_path)
    firsts = [10, 40, 80, 120]
    module = (
        "indexer.describing.engines.torch_engine"
        if kind == "torch"
        else "indexer.describing.engines.openvino_engine"
    )
    with monkeypatch.context() as unstopped:
        unstopped.setattr(f"{module}.repeats", lambda answer, ends: False)
        whole = _written(engine, firsts)
    assert [len(answer) for answer in whole] == [LONGEST] * 4
    stopped = _written(engine, firsts)
    for answer, all_of_it in zip(stopped, whole, strict=True):
        assert answer == all_of_it[: len(answer)]
        assert not any(repeats(answer[:n], SENTENCE_ENDS) for n in range(len(answer)))
    # Of 3 tokens four rounds make twelve; of 7 with an end in them, two from that on; of 15 too;
    # what goes on for 60 tokens is never stopped.
    assert len(stopped[0]) == 12
    assert 14 <= len(stopped[1]) <= 21
    assert 30 <= len(stopped[2]) <= LONGEST
    assert len(stopped[3]) == LONGEST


def test_a_sentence_said_twice_is_a_repetition_when_it_ends() -> None:
    end = 3
    sentence = [7, 8, 9, 10, end]
    answer = [5, 6, 4, 1, end, *sentence, *sentence, 7, 8]
    stops = [length for length in range(len(answer) + 1) if repeats(answer[:length], {end})]
    assert stops == [15], "after the sentence is there twice, not within it"


def test_three_rounds_of_the_same_are_a_repetition() -> None:
    assert not repeats([1, 2, 3, 4] * 2)
    assert repeats([9, 9, *[1, 2, 3, 4] * 3])
    assert not repeats([5] * 11), "a row of digits"
    assert repeats([5] * 12)


@pytest.mark.parametrize("answer", [[], [1], [1, 2, 3, 1, 2, 4, 1, 2, 5, 1, 2, 6] * 1])
def test_what_goes_on_is_no_repetition(answer: list[int]) -> None:
    assert not any(repeats(answer[:length], {6}) for length in range(len(answer) + 1))


@given(st.lists(st.integers(0, 3), max_size=12), st.lists(st.integers(0, 3), min_size=1))
def test_every_loop_is_stopped(before: list[int], loop: list[int]) -> None:
    answer = before + loop * (2 + max(3, 12 // len(loop) + 1))
    assert any(repeats(answer[:length]) for length in range(len(answer) + 1))


def test_tokens_that_end_sentences() -> None:
    assert sentence_ends({"a": 0, ".": 1, "dog.": 2, "?!": 3, ".5": 4}) == {1, 2, 3}
