"""Each patch of a picture has its own place."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from indexer.describing.patch_positions import ExactPositions, place_exactly
from tests.indexer.describing.tiny_models import GRIDS, PATCH, frames, looked, tiny


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
