"""Networks of the published shape and hardly any size, and pictures for them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

GRIDS = (8, 24, 27, 32)
# An edge of an odd number of pixels a patch, and how much of the grid the connector puts together.
PATCH, SCALE = 14, {8: 4, 24: 4, 27: 3, 32: 4}


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
