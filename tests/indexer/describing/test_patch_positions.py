"""Places come through every engine as they are: patches in a picture, tokens in a prompt."""

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
from indexer.describing.patch_positions import ExactPositions, place_exactly

GRIDS = (8, 24, 27, 32)
# An edge of an odd number of pixels a patch, and how much of the grid the connector puts together.
PATCH, SCALE = 14, {8: 4, 24: 4, 27: 3, 32: 4}
PROMPT = 900


def tiny(grid: int, *, layers: int = 1) -> Any:
    """Make a model whose positions weigh more than its patches, and whose attention is sharp."""
    from transformers import SmolVLMConfig, SmolVLMForConditionalGeneration

    config = SmolVLMConfig(
        vision_config={
            "image_size": PATCH * grid,
            "patch_size": PATCH,
            "hidden_size": 64,
            "intermediate_size": 96,
            "num_hidden_layers": layers,
            "num_attention_heads": 4,
        },
        text_config={
            "model_type": "llama",
            "hidden_size": 64,
            "intermediate_size": 96,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 16,
            "vocab_size": 320,
            "max_position_embeddings": 8192,
            "rope_parameters": {"rope_type": "default", "rope_theta": 100_000.0},
            "pad_token_id": 2,
        },
        scale_factor=SCALE[grid],
        image_token_id=300,
        pad_token_id=2,
    )
    torch.manual_seed(grid)
    model = SmolVLMForConditionalGeneration(config).eval()
    with torch.no_grad():
        model.model.vision_model.embeddings.position_embedding.weight.normal_(0, 3)
        for layer in model.model.text_model.layers:
            layer.self_attn.q_proj.weight.normal_(0, 0.6)
            layer.self_attn.k_proj.weight.normal_(0, 0.6)
        model.lm_head.weight.normal_(0, 1)
    return model


def frames(grid: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    edge = PATCH * grid
    return torch.randint(0, 256, (2, 3, edge, edge), generator=generator, dtype=torch.uint8)


def looked(model: Any, pictures: torch.Tensor) -> np.ndarray[Any, Any]:
    pixels = (pictures.float() - 127.5) / 127.5
    with torch.inference_mode():
        seen = model.model.vision_model(pixel_values=pixels).last_hidden_state
        features = model.model.connector(seen)
    return np.asarray(features.float())


def cosines(mine: np.ndarray[Any, Any], theirs: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the cosine of each token of one to that of the other."""
    mine, theirs = (rows.reshape(-1, rows.shape[-1]) for rows in (mine, theirs))
    lengths = np.linalg.norm(mine, axis=1) * np.linalg.norm(theirs, axis=1)
    return np.asarray((mine * theirs).sum(1) / lengths)


@pytest.mark.parametrize("grid", GRIDS)
def test_exact_places_are_what_transformers_means(grid: int) -> None:
    model = tiny(grid)
    expected = looked(model, frames(grid))
    place_exactly(model)
    assert isinstance(model.model.vision_model.embeddings, ExactPositions)
    assert np.array_equal(looked(model, frames(grid)), expected)


def test_each_patch_has_its_own_place_where_floating_point_errs() -> None:
    """At 25 x 25 transformers itself gives ten of 25 rows a neighbour's place."""
    from transformers.models.smolvlm.configuration_smolvlm import SmolVLMVisionConfig
    from transformers.models.smolvlm.modeling_smolvlm import SmolVLMVisionEmbeddings

    config = SmolVLMVisionConfig(image_size=50, patch_size=2, hidden_size=625)
    theirs = SmolVLMVisionEmbeddings(config)
    with torch.no_grad():
        theirs.patch_embedding.weight.zero_()
        theirs.patch_embedding.bias.zero_()
        theirs.position_embedding.weight.copy_(torch.eye(625))
    taken = ExactPositions(theirs)(torch.zeros(1, 3, 50, 50)).argmax(-1)[0]
    assert taken.tolist() == list(range(625))


def test_a_smaller_picture_is_spread_over_the_places() -> None:
    """As transformers means it: patch k of 4 takes place floor(8 k / 4) of 8."""
    embeddings = tiny(8).model.vision_model.embeddings
    with torch.no_grad():
        embeddings.patch_embedding.weight.zero_()
        embeddings.patch_embedding.bias.zero_()
        embeddings.position_embedding.weight.copy_(torch.arange(64.0)[:, None].expand(64, 64))
    pixels = torch.zeros(1, 3, 4 * PATCH, 4 * PATCH)
    expected = embeddings(pixels, torch.ones(1, 4, 4, dtype=torch.bool))
    mine = ExactPositions(embeddings)(pixels)
    assert mine[0, :, 0].tolist() == [
        8 * row + column for row in (0, 2, 4, 6) for column in (0, 2, 4, 6)
    ]
    assert torch.equal(mine, expected)


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
