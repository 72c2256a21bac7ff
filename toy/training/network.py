"""The toy's tokenizer, processor and network: SmolVLM2's own classes, made very small."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from num2words import num2words
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    GenerationConfig,
    PreTrainedTokenizerFast,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
    SmolVLMImageProcessor,
    SmolVLMProcessor,
    SmolVLMVideoProcessor,
)
from transformers.models.smolvlm.processing_smolvlm import DEFAULT_CHAT_TEMPLATE

from toy.dataset.caption_language import Chooser, caption
from toy.dataset.frame_rendering import SIDE
from toy.dataset.question_families import ASKED, ask, summarise
from toy.dataset.question_wordings import ALL
from toy.dataset.random_windows import draw_window

PATCH = 8
SCALE = 4
# Tokens that a frame becomes: its patches, SCALE x SCALE of them shuffled into one.
FRAME_TOKENS = (SIDE // PATCH // SCALE) ** 2
IMAGE, FRAME_EDGE, UTTERANCE_END = "<image>", "<fake_token_around_image>", "<end_of_utterance>"
_SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    FRAME_EDGE,
    IMAGE,
    UTTERANCE_END,
    "<global-img>",
    "<video>",
)
# What is the same in every prompt is one token each: a frame is 11 instead of 17, a third less to
# read in training and in use.
_PROMPT_PARTS = (
    "User:",
    " You are provided the following series of",
    " frames from a 0:00:",
    " [H:MM:SS] video.\n",
    "\nFrame from 00:",
    "\nAssistant:",
)
_VOCABULARY = 1024
_WIDTH, _LAYERS, _MLP, _HEADS, _KEY_HEADS = 192, 7, 512, 4, 2
_VISION_WIDTH, _VISION_LAYERS = 128, 3
_SPREAD = 0.08


def make_tokenizer(seed: int) -> PreTrainedTokenizerFast:
    """Return a byte-level BPE tokenizer learnt from what the toy reads and says."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_VOCABULARY,
        special_tokens=list(_SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_sayings(np.random.default_rng([seed, 0])), trainer)
    tokenizer.add_tokens([AddedToken(part, normalized=False) for part in _PROMPT_PARTS])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<|im_start|>",
        eos_token=UTTERANCE_END,
        pad_token="<|im_end|>",
        unk_token="<|endoftext|>",
        padding_side="left",
        model_max_length=8192,
        clean_up_tokenization_spaces=False,
        extra_special_tokens={
            "fake_image_token": FRAME_EDGE,
            "image_token": IMAGE,
            "end_of_utterance_token": UTTERANCE_END,
            "global_image_token": "<global-img>",
            "video_token": "<video>",
        },
    )


def _sayings(rng: np.random.Generator) -> Iterator[str]:
    for _ in range(3000):
        sights = draw_window(rng, 8).sights
        yield f" {caption(sights, Chooser(rng, 0.7))}"
        for kind in ASKED:
            question = ask(kind, sights, rng)
            if question is not None:
                yield f"\n\n{question.text}\nAssistant: {question.answer}"
    for _ in range(300):
        question = summarise(rng)
        yield f"User: {question.text}\nAssistant: {question.answer}"
    for way in ALL * 30:
        yield f"\n\n{way}\nAssistant:"
    for count in list(range(1, 65)) * 4:
        yield (
            f"User: You are provided the following series of {num2words(count)} frames"
            " from a 0:00:1 [H:MM:SS] video.\n\nFrame from 0:\n\n"
        )


def make_processor(tokenizer: PreTrainedTokenizerFast) -> Any:
    """Return a SmolVLM2 processor that makes SIDE x SIDE frames of FRAME_TOKENS tokens each."""
    sizes = {"size": {"longest_edge": 2 * SIDE}, "max_image_size": {"longest_edge": SIDE}}
    video = SmolVLMVideoProcessor(
        **sizes,
        video_sampling={"fps": 1, "max_frames": 64, "video_size": {"longest_edge": 2 * SIDE}},
    )
    image = SmolVLMImageProcessor(**sizes, do_image_splitting=False)
    return SmolVLMProcessor(
        image, tokenizer, video, image_seq_len=FRAME_TOKENS, chat_template=DEFAULT_CHAT_TEMPLATE
    )


def make_network(tokenizer: PreTrainedTokenizerFast) -> Any:
    """Return an untrained network for a tokenizer, in float32."""
    ends = {
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }
    config = SmolVLMConfig(
        pad_token_id=tokenizer.pad_token_id,
        image_token_id=tokenizer.convert_tokens_to_ids(IMAGE),
        scale_factor=SCALE,
        tie_word_embeddings=True,
        vision_config={
            "hidden_size": _VISION_WIDTH,
            "intermediate_size": 3 * _VISION_WIDTH,
            "num_hidden_layers": _VISION_LAYERS,
            "num_attention_heads": 4,
            "image_size": SIDE,
            "patch_size": PATCH,
            "initializer_range": _SPREAD,
        },
        text_config={
            "model_type": "llama",
            "vocab_size": len(tokenizer),
            "hidden_size": _WIDTH,
            "intermediate_size": _MLP,
            "num_hidden_layers": _LAYERS,
            "num_attention_heads": _HEADS,
            "num_key_value_heads": _KEY_HEADS,
            "max_position_embeddings": 8192,
            "rms_norm_eps": 1e-5,
            "initializer_range": _SPREAD,
            "tie_word_embeddings": True,
            **ends,
        },
    )
    config.initializer_range = _SPREAD
    network = SmolVLMForConditionalGeneration(config)
    places = network.model.vision_model.embeddings.position_embedding.weight
    places.data.copy_(_waves(SIDE // PATCH, _VISION_WIDTH))
    network.generation_config = GenerationConfig(do_sample=False, **ends)
    return network


def _waves(side: int, width: int) -> torch.Tensor:
    """Return 2D sine and cosine position embeddings of amplitude 0.5: (side * side, width).

    Starting from these, the tower knows at once where a patch is; after "An Image is Worth 16x16
    Words" (Dosovitskiy et al., 2020), appendix D.4.
    """
    rates = 1 / 100 ** (torch.arange(width // 4) / (width // 4))
    angles = torch.arange(side)[:, None] * rates
    line = torch.cat([angles.sin(), angles.cos()], 1)
    down = line[:, None].expand(side, side, width // 2)
    across = line[None].expand(side, side, width // 2)
    return 0.5 * torch.cat([down, across], -1).reshape(side * side, width)


def save(network: Any, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write a checkpoint in the Hugging Face format, weights in float16, readable by all.

    Only parameters are rounded: a rounded rotary frequency would turn late positions.
    """
    weights = {name: value.detach().half() for name, value in network.state_dict().items()}
    network.config.dtype = torch.float16
    network.save_pretrained(folder, state_dict=weights)
    make_processor(tokenizer).save_pretrained(folder)
    for path in folder.iterdir():
        path.chmod(0o644)
