"""Makes small checkpoint folders laid out like the published SmolVLM2, and like fine-tunes of them.

Field names, token ids and the files there are those of the published ones; weights are random.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

SIZES = ("256m", "500m", "2.2b")
_PLAIN_TOKENS = 49_152
_VOCABULARY = 49_280
# As published: knows text and images, and no video.
TEMPLATE = (
    "<|im_start|>{% for message in messages %}{{message['role'] | capitalize}}"
    "{% if message['content'][0]['type'] == 'image' %}{{':'}}{% else %}{{': '}}{% endif %}"
    "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{line['text']}}"
    "{% elif line['type'] == 'image' %}{{ '<image>' }}{% endif %}{% endfor %}<end_of_utterance>\n"
    "{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)


def published(folder: Path, size: str = "256m", *, shard: str = "5GB") -> Path:
    """Make a checkpoint of a size's layout: two thin layers instead of its own.

    `shard` is the largest file that weights are written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    large = size == "2.2b"
    edge, patch, scale, tokens = (384, 14, 3, 81) if large else (512, 16, 4, 64)
    _write(folder / "config.json", _config(size, edge, patch, scale))
    _write(
        folder / "generation_config.json",
        {
            "_from_model_config": True,
            "bos_token_id": 1,
            "eos_token_id": 2 if large else 49_279,
            "pad_token_id": 2,
        },
    )
    _write(folder / "preprocessor_config.json", _pictures(edge))
    _write(
        folder / "processor_config.json",
        {"image_seq_len": tokens, "processor_class": "SmolVLMProcessor"},
    )
    _write(folder / "chat_template.json", {"chat_template": TEMPLATE})
    _tokenizer(folder)
    _weights(folder, shard)
    return folder


def _write(path: Path, facts: dict[str, Any]) -> None:
    path.write_text(json.dumps(facts), "utf-8")


def _config(size: str, edge: int, patch: int, scale: int) -> dict[str, Any]:
    large = size == "2.2b"
    text: dict[str, Any] = {
        "architectures": ["VLlama3ForCausalLM"],
        "max_position_embeddings": 8192,
        "model_type": "llama",
        "pad_token_id": 2,
        "pixel_shuffle_factor": scale,
        "rms_norm_eps": 1e-5,
        "rope_theta": 130_000 if large else 100_000,
        "torch_dtype": "bfloat16",
        "vocab_size": _VOCABULARY,
        "num_hidden_layers": 2,
        "intermediate_size": 96,
        "head_dim": 16,
    }
    # As published, the largest leaves its number of heads to the library.
    text |= {
        "256m": {"hidden_size": 48, "num_attention_heads": 3, "num_key_value_heads": 1},
        "500m": {"hidden_size": 80, "num_attention_heads": 5, "num_key_value_heads": 5},
        "2.2b": {"hidden_size": 64, "num_key_value_heads": 32},
    }[size]
    vision: dict[str, Any] = {
        "image_size": edge,
        "patch_size": patch,
        "max_image_size": {"longest_edge": edge},
        "model_type": "smolvlm_vision",
        "size": {"longest_edge": 4 * edge},
        "num_hidden_layers": 2,
        "intermediate_size": 96,
    }
    vision |= {"hidden_size": 64} if large else {"hidden_size": 48, "num_attention_heads": 3}
    return {
        "architectures": ["SmolVLMForConditionalGeneration"],
        "image_token_id": 49_190,
        "model_type": "smolvlm",
        "pad_token_id": 128_002,
        "scale_factor": scale,
        "text_config": text,
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16" if large else "float32",
        "transformers_version": "4.47.1",
        "use_cache": False,
        "vision_config": vision,
        "vocab_size": _VOCABULARY,
    }


def _pictures(edge: int) -> dict[str, Any]:
    return {
        "do_convert_rgb": True,
        "do_image_splitting": True,
        "do_normalize": True,
        "do_pad": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": [0.5] * 3,
        "image_processor_type": "SmolVLMImageProcessor",
        "image_std": [0.5] * 3,
        "max_image_size": {"longest_edge": edge},
        "processor_class": "SmolVLMProcessor",
        "resample": 1,
        "rescale_factor": 1 / 255,
        "size": {"longest_edge": 4 * edge},
        "video_sampling": {"fps": 1, "max_frames": 64, "video_size": {"longest_edge": edge}},
    }


def _tokenizer(folder: Path) -> None:
    """Write the files of a GPT2Tokenizer whose plain tokens are single bytes, with no merges."""
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    special += [f"<reserved_{i}>" for i in range(14)]
    plain = [*special, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    plain += [f"<unused_{i}>" for i in range(len(plain), _PLAIN_TOKENS)]
    vocabulary = {token: number for number, token in enumerate(plain)}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tiles = [f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)]
    added = ["<global-img>", *tiles, "<fake_token_around_image>", "<image>"]
    added += [f"<|reserved_special_token_{i}|>" for i in range(88)] + ["<end_of_utterance>"]
    tokens = [AddedToken(token, special=True, normalized=False) for token in [*special, *added]]
    tokenizer.add_special_tokens(tokens)
    numbers = {token: _PLAIN_TOKENS + i for i, token in enumerate(added)}
    assert tokenizer.token_to_id("<end_of_utterance>") == numbers["<end_of_utterance>"] == 49_279
    tokenizer.save(str(folder / "tokenizer.json"))
    _write(folder / "vocab.json", vocabulary)
    (folder / "merges.txt").write_text("#version: 0.2\n")
    _write(folder / "added_tokens.json", numbers)
    named = {
        "bos_token": "<|im_start|>",
        "eos_token": "<end_of_utterance>",
        "pad_token": "<|im_end|>",
        "unk_token": "<|endoftext|>",
        "additional_special_tokens": ["<fake_token_around_image>", "<image>", "<end_of_utterance>"],
    }
    _write(folder / "special_tokens_map.json", named)
    known = {"<|endoftext|>": 0, "<|im_start|>": 1, "<|im_end|>": 2, **numbers}
    roles = {
        "fake_image_token": "<fake_token_around_image>",
        "global_image_token": "<global-img>",
        "image_token": "<image>",
        "end_of_utterance_token": "<end_of_utterance>",
    }
    _write(
        folder / "tokenizer_config.json",
        {
            **named,
            **roles,
            "add_prefix_space": False,
            "added_tokens_decoder": {
                str(number): {
                    "content": token,
                    "lstrip": False,
                    "normalized": False,
                    "rstrip": False,
                    "single_word": False,
                    "special": True,
                }
                for token, number in known.items()
            },
            "chat_template": TEMPLATE,
            "clean_up_tokenization_spaces": False,
            "extra_special_tokens": roles,
            "legacy": False,
            "model_max_length": 8192,
            "processor_class": "SmolVLMProcessor",
            "tokenizer_class": "GPT2Tokenizer",
            "truncation_side": "left",
            "vocab_size": _PLAIN_TOKENS,
        },
    )


def _weights(folder: Path, shard: str) -> None:
    from transformers import AutoConfig, AutoModelForImageTextToText

    torch.manual_seed(1)
    model = AutoModelForImageTextToText.from_config(AutoConfig.from_pretrained(folder))
    for name, weights in model.named_parameters():
        if "norm" not in name and weights.dim() > 1:
            wide = weights[0].numel() ** 0.5
            flat = "embed" in name or "lm_head" in name
            torch.nn.init.normal_(weights, std=0.05 if flat else 1.2 / wide)
    as_published = ("config.json", "generation_config.json")
    kept = {name: (folder / name).read_bytes() for name in as_published}
    model.to(torch.bfloat16).save_pretrained(folder, max_shard_size=shard)
    for name, data in kept.items():
        (folder / name).write_bytes(data)


def without_template_file(folder: Path) -> Path:
    """Leave the chat template to the tokenizer's settings."""
    (folder / "chat_template.json").unlink()
    return folder


def without_any_template(folder: Path) -> Path:
    """Take the chat template away wherever it is."""
    path = without_template_file(folder) / "tokenizer_config.json"
    facts = json.loads(path.read_text())
    del facts["chat_template"]
    _write(path, facts)
    return folder


def with_split_files(folder: Path) -> Path:
    """Lay the processor out as transformers did in 4.52 to 4.57: pictures and videos apart."""
    pictures = folder / "preprocessor_config.json"
    facts = json.loads(pictures.read_text())
    videos = {key: value for key, value in facts.items() if key != "image_processor_type"}
    videos["video_processor_type"] = "SmolVLMVideoProcessor"
    _write(folder / "video_preprocessor_config.json", videos)
    del facts["video_sampling"]
    _write(pictures, facts)
    return folder


def saved_today(source: Path, folder: Path, dtype: torch.dtype = torch.bfloat16) -> Path:
    """Save a checkpoint again as a fine-tune's author would, with the transformers there is."""
    from transformers import AutoModelForImageTextToText, AutoProcessor

    model = AutoModelForImageTextToText.from_pretrained(source, dtype=dtype)
    model.save_pretrained(folder)
    AutoProcessor.from_pretrained(source).save_pretrained(folder)
    return folder


def adapter(source: Path, folder: Path) -> Path:
    """Save a fine-tune of a checkpoint as an adapter (needs peft), which changes its words."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForImageTextToText

    model = AutoModelForImageTextToText.from_pretrained(source, dtype=torch.bfloat16)
    wanted = ["q_proj", "v_proj", "down_proj"]
    tuned = get_peft_model(model, LoraConfig(r=4, lora_alpha=64, target_modules=wanted))
    torch.manual_seed(2)
    for name, weights in tuned.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(weights, std=0.5)
    tuned.save_pretrained(folder)
    return folder
