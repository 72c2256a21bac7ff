"""An exported model sees every patch and reads every token in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from indexer.describing.describer import Checkpoint
from indexer.describing.engines.openvino_engine import OpenVinoEngine, _causal, _positions
from indexer.describing.engines.torch_engine import load_model
from indexer.describing.hardware import choose_hardware
from tests.indexer.describing.tiny_models import GRIDS, frames, looked, tiny

PROMPT = 900


def cosines(mine: np.ndarray[Any, Any], theirs: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the cosine of each token of one to that of the other."""
    mine, theirs = (rows.reshape(-1, rows.shape[-1]) for rows in (mine, theirs))
    lengths = np.linalg.norm(mine, axis=1) * np.linalg.norm(theirs, axis=1)
    return np.asarray((mine * theirs).sum(1) / lengths)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return what exports a tiny model of a grid once, in 16 or 8 bits, and runs it."""
    pytest.importorskip("openvino", reason="OpenVINO is not installed")
    pytest.importorskip("nncf", reason="NNCF is not installed")
    from indexer.describing.engines.openvino_export import _export

    root = tmp_path_factory.mktemp("graphs")
    saved: dict[int, Path] = {}

    def run(grid: int, precision: str) -> tuple[Any, OpenVinoEngine]:
        if grid not in saved:
            saved[grid] = root / f"model{grid}"
            tiny(grid).save_pretrained(saved[grid])
        model = load_model(
            Checkpoint("tiny", "1", saved[grid]), choose_hardware("cpu", "float32"), "sdpa"
        )
        weights = "int8" if precision == "int8" else "16bit"
        folder = root / f"{grid}-{weights}"
        if not folder.exists():
            _export(model, folder, int8=weights == "int8")
        return model, OpenVinoEngine(folder, precision, model.config, model.generation_config)

    return run


# The least cosine of any token, and the mean. One neighbour's place for one patch has 0.6.
PRECISE = {"float32": (0.9999, 0.99999), "bfloat16": (0.995, 0.999), "int8": (0.98, 0.998)}


@pytest.mark.slow
@pytest.mark.parametrize("precision", PRECISE)
@pytest.mark.parametrize("grid", GRIDS)
def test_an_export_sees_every_patch_in_its_place(exported: Any, grid: int, precision: str) -> None:
    model, engine = exported(grid, precision)
    pictures = frames(grid)
    close = cosines(np.asarray(engine.look(pictures)), looked(model, pictures))
    least, mean = PRECISE[precision]
    assert close.min() >= least
    assert close.mean() >= mean


@pytest.mark.slow
@pytest.mark.parametrize(("precision", "least"), [("float32", 0.9999), ("bfloat16", 0.97)])
def test_an_export_reads_every_token_in_its_place(
    exported: Any, precision: str, least: float
) -> None:
    """Sharp attention over a long prompt; with frequencies of 16 bits float32 has 0.96 here."""
    model, engine = exported(8, precision)
    generator = torch.Generator().manual_seed(3)
    embedded = torch.randn(2, PROMPT, 64, generator=generator)
    mask = torch.ones(2, PROMPT, dtype=torch.bool)
    mask[0, :200] = False
    places = (mask.cumsum(1) - 1).clamp(min=0)
    with torch.inference_mode():
        out = model.model.text_model(
            inputs_embeds=embedded, attention_mask=mask.long(), position_ids=places
        )
        expected = model.lm_head(out.last_hidden_state[:, -1]).numpy()
    seen = mask.numpy()
    engine._text.reset_state()
    logits = engine._step(embedded.numpy(), _causal(seen), _positions(seen))
    close = cosines(logits, expected)
    assert close.min() >= least
