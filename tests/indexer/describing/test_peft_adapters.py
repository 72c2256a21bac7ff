"""Adapters change the words of the model they are for, or are refused in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from indexer.describing.checkpoints import find
from indexer.describing.describer import DescriberOptions, load_describer
from indexer.describing.engines.choice import load_engine
from indexer.errors import ModelError


@pytest.mark.slow
def test_an_adapter_changes_the_words_and_the_revision(layout: Callable[[str], Path]) -> None:
    tuned, whole = (
        find(str(layout(name)), offline=True, announce=print) for name in ("an adapter", "256m")
    )
    assert tuned.folder is not None
    assert (tuned.adapter, tuned.name) == (layout("an adapter"), str(layout("an adapter")))
    assert tuned.revision != whole.revision
    options = DescriberOptions("x", dtype="float32", engine="torch", device="cpu")
    mine, theirs = (load_engine(options, each, print) for each in (tuned, whole))
    frames = torch.zeros(1, 3, 512, 512, dtype=torch.uint8)
    with torch.inference_mode():
        logits = [
            engine.model(inputs_embeds=engine.embed(torch.tensor([[1, 20, 21]]))).logits
            for engine in (mine, theirs)
        ]
        assert torch.allclose(theirs.look(frames), theirs.look(frames))
    assert not torch.allclose(*logits)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ("{}", "does not say of which model"),
        ('{"base_model_name_or_path": "who/knows"}', "downloads are off"),
        ('{"base_model_name_or_path": "."}', "an adapter of an adapter"),
        ('{"base_model_name_or_path": "toy"}', "does not fit"),
        ("[", "cannot be read"),
    ],
)
def test_a_wrong_adapter_is_one_sentence(tmp_path: Path, config: str, sentence: str) -> None:
    pytest.importorskip("peft", reason="peft is not installed")
    (tmp_path / "adapter_config.json").write_text(config)
    (tmp_path / "adapter_model.safetensors").write_bytes(b"no weights")
    options = DescriberOptions(str(tmp_path), offline=True, engine="torch", device="cpu")
    with pytest.raises(ModelError, match=sentence):
        load_describer(options)
