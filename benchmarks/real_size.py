"""Makes randomly initialised SmolVLM2 checkpoints of the real sizes: the true cost, no sense."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, SmolVLMConfig, SmolVLMForConditionalGeneration

from indexer.describing.checkpoints import TOY

# side, patch, scale, vision (width, layers, heads, MLP), text (width, layers, heads, keys, MLP):
# from the configurations on the hub.
SIZES: dict[str, tuple[int, int, int, tuple[int, ...], tuple[int, ...]]] = {
    "256m": (512, 16, 4, (768, 12, 12, 3072), (576, 30, 9, 3, 1536)),
    "500m": (512, 16, 4, (768, 12, 12, 3072), (960, 32, 15, 5, 2560)),
    "2.2b": (384, 14, 3, (1152, 27, 16, 4304), (2048, 24, 32, 32, 8192)),
}
_VOCABULARY = 49_280


def make(folder: Path, size: str, tokens: int, seed: int = 0) -> Path:
    """Write a checkpoint of a size in bf16 that always answers with `tokens` tokens.

    Its tokenizer is the toy's, so prompts are as long as the real ones only in frames, which are
    nearly all of them.
    """
    side, patch, scale, vision, text = SIZES[size]
    torch.manual_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(TOY)
    ends = {
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }
    config = SmolVLMConfig(
        pad_token_id=tokenizer.pad_token_id,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=scale,
        tie_word_embeddings=True,
        vision_config=_named(
            ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size"),
            vision,
            image_size=side,
            patch_size=patch,
        ),
        text_config=_named(
            (
                *("hidden_size", "num_hidden_layers", "num_attention_heads"),
                *("num_key_value_heads", "intermediate_size"),
            ),
            text,
            model_type="llama",
            vocab_size=_VOCABULARY,
            max_position_embeddings=8192,
            rope_theta=100_000.0,
            tie_word_embeddings=True,
            **ends,
        ),
    )
    model = SmolVLMForConditionalGeneration(config).to(torch.bfloat16)
    model.generation_config.min_new_tokens = tokens
    for name, token in ends.items():
        setattr(model.generation_config, name, token)
    model.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(TOY / name, folder / name)
    _processor(folder, side, (side // patch // scale) ** 2)
    return folder


def _named(names: tuple[str, ...], values: tuple[int, ...], **more: Any) -> dict[str, Any]:
    return dict(zip(names, values, strict=True)) | more


def _processor(folder: Path, side: int, tokens: int) -> None:
    """Write the toy's processor with the real size's frames."""
    facts = json.loads((TOY / "processor_config.json").read_text("utf-8"))
    facts["image_seq_len"] = tokens
    for part in ("image_processor", "video_processor"):
        facts[part]["size"] = facts[part]["max_image_size"] = {"longest_edge": side}
    facts["video_processor"]["video_sampling"]["video_size"] = {"longest_edge": side}
    (folder / "processor_config.json").write_text(json.dumps(facts, indent=2), "utf-8")
