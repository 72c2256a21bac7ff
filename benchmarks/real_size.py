"""Makes SmolVLM2 checkpoints of the real sizes with random weights: the true cost, no sense.

    python -m benchmarks.real_size 256m FOLDER

They are laid out as the published ones are, in older, flat files whose `size` (2048 or 1536
pixels) transformers' processor takes for that of a frame: what is quick on friendlier settings may
be slow on what people download. The tokenizer has the published token ids, and merges of its own.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoConfig, SmolVLMForConditionalGeneration


@dataclass(frozen=True, slots=True)
class Size:
    """A checkpoint's measures: `vision` and `text` as transformers names them."""

    side: int
    patch: int
    scale: int
    detour: int
    vision: dict[str, int]
    text: dict[str, int]

    @property
    def tokens(self) -> int:
        """How many tokens a frame becomes."""
        return int((self.side // self.patch // self.scale) ** 2)


_NAMES = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")


def _measures(*values: int) -> dict[str, int]:
    names = (*_NAMES, "num_key_value_heads")[: len(values)]
    return dict(zip(names, values, strict=True)) | ({"head_dim": 64} if len(values) > 4 else {})


_B16 = _measures(768, 12, 12, 3072)
# From the configurations on the hub; `small` is for tests: two layers, and frames of 64 pixels.
SIZES = {
    "256m": Size(512, 16, 4, 2048, _B16, _measures(576, 30, 9, 1536, 3)),
    "500m": Size(512, 16, 4, 2048, _B16, _measures(960, 32, 15, 2560, 5)),
    "2.2b": Size(
        384, 14, 3, 1536, _measures(1152, 27, 16, 4304), _measures(2048, 24, 32, 8192, 32)
    ),
    "small": Size(64, 8, 4, 256, _measures(64, 2, 2, 128), _measures(128, 2, 2, 256, 2)),
}
_VOCABULARY, _ORDINARY = 49_280, 49_152
_IMAGE, _AROUND, _WHOLE, _END = "<image>", "<fake_token_around_image>", "<global-img>", 49_279
_TEMPLATE = (
    "<|im_start|>{% for message in messages %}{{message['role'] | capitalize}}"
    "{% if message['content'][0]['type'] == 'image' %}{{':'}}{% else %}{{': '}}{% endif %}"
    "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{line['text']}}"
    "{% elif line['type'] == 'image' %}{{ '<image>' }}{% endif %}{% endfor %}<end_of_utterance>\n"
    "{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)


def make(
    folder: Path,
    size: str,
    tokens: int,
    *,
    friendly: bool = False,
    seed: int = 0,
    device: str = "cpu",
) -> Path:
    """Write a checkpoint of a size in bf16 that always answers with `tokens` tokens.

    A `friendly` one says of frames that they are as large as the tower reads them, as no published
    one does. Its weights are drawn on `device`.
    """
    measures = SIZES[size]
    if friendly:
        measures = replace(measures, detour=measures.side)
    folder.mkdir(parents=True, exist_ok=True)
    _write_settings(folder, measures, tokens)
    _write_tokenizer(folder)
    torch.manual_seed(seed)
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device(device):
            model = SmolVLMForConditionalGeneration(AutoConfig.from_pretrained(folder))
    finally:
        torch.set_default_dtype(torch.float32)
    _fill(model)
    settings = {name: (folder / name).read_bytes() for name in _KEPT}
    model.save_pretrained(folder)
    for name, content in settings.items():  # the library writes newer ones
        (folder / name).write_bytes(content)
    return folder


_KEPT = ("config.json", "generation_config.json")


def _fill(model: Any) -> None:
    """Draw weights that keep what goes through at its size, so that features differ."""
    for name, weight in model.named_parameters():
        if weight.dim() > 1:
            fan = weight[0].numel()
            std = 0.05 if "embed" in name or "lm_head" in name else 1.2 / sqrt(fan)
            torch.nn.init.normal_(weight, std=std)


def _write_settings(folder: Path, size: Size, tokens: int) -> None:
    edge = {"longest_edge": size.side}
    vision = size.vision | {
        "image_size": size.side,
        "patch_size": size.patch,
        "max_image_size": edge,
        "model_type": "smolvlm_vision",
        "size": {"longest_edge": size.detour},
        "tie_word_embeddings": False,
    }
    text = size.text | {
        "model_type": "llama",
        "is_llama_config": True,
        "max_position_embeddings": 8192,
        "pad_token_id": 2,
        "rms_norm_eps": 1e-5,
        "rope_theta": 100_000,
        "torch_dtype": "bfloat16",
        "vocab_size": _VOCABULARY,
    }
    config = {
        "architectures": ["SmolVLMForConditionalGeneration"],
        "image_token_id": 49_190,
        "model_type": "smolvlm",
        "pad_token_id": 128_002,
        "scale_factor": size.scale,
        "text_config": text,
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
        "transformers_version": "4.47.1",
        "use_cache": False,
        "vision_config": vision,
        "vocab_size": _VOCABULARY,
    }
    preprocessor = {
        "do_convert_rgb": True,
        "do_image_splitting": True,
        "do_normalize": True,
        "do_pad": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": [0.5] * 3,
        "image_std": [0.5] * 3,
        "image_processor_type": "SmolVLMImageProcessor",
        "max_image_size": edge,
        "processor_class": "SmolVLMProcessor",
        "resample": 1,
        "rescale_factor": 1 / 255,
        "size": {"longest_edge": size.detour},
        "video_sampling": {"fps": 1, "max_frames": 64, "video_size": edge},
    }
    processor = {"image_seq_len": size.tokens, "processor_class": "SmolVLMProcessor"}
    generation = {"bos_token_id": 1, "eos_token_id": _END, "pad_token_id": 2}
    _write(folder / "config.json", config)
    _write(folder / "preprocessor_config.json", preprocessor)
    _write(folder / "processor_config.json", processor)
    _write(folder / "chat_template.json", {"chat_template": _TEMPLATE})
    _write(folder / "generation_config.json", generation | {"min_new_tokens": tokens})


def _write_tokenizer(folder: Path) -> None:
    """Write a tokenizer with the published special tokens' ids, trained on our docs."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=8000,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    root = Path(__file__).resolve().parents[1]
    texts = [
        path.read_text("utf-8") for path in sorted([*root.glob("*.md"), *root.glob("docs/*.md")])
    ]
    tokenizer.train_from_iterator(texts, trainer)
    facts = json.loads(tokenizer.to_str())
    words = facts["model"]["vocab"]
    words |= {f"<unused_{number}>": number for number in range(len(words), _ORDINARY)}
    tokenizer = Tokenizer.from_str(json.dumps(facts))
    tiles = [f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)]
    reserved = [f"<|reserved_special_token_{number}|>" for number in range(88)]
    added = [_WHOLE, *tiles, _AROUND, _IMAGE, *reserved, "<end_of_utterance>"]
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in added]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    _write(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "GPT2Tokenizer",
            "processor_class": "SmolVLMProcessor",
            "add_prefix_space": False,
            "bos_token": "<|im_start|>",
            "eos_token": "<end_of_utterance>",
            "pad_token": "<|im_end|>",
            "unk_token": "<|endoftext|>",
            "additional_special_tokens": [_AROUND, _IMAGE, "<end_of_utterance>"],
            "extra_special_tokens": {
                "end_of_utterance_token": "<end_of_utterance>",
                "fake_image_token": _AROUND,
                "global_image_token": _WHOLE,
                "image_token": _IMAGE,
            },
            "clean_up_tokenization_spaces": False,
            "model_max_length": 8192,
            "truncation_side": "left",
        },
    )


def _write(path: Path, facts: dict[str, Any]) -> None:
    path.write_text(json.dumps(facts, indent=1), "utf-8")


if __name__ == "__main__":
    print(make(Path(sys.argv[2]), sys.argv[1], 64))
