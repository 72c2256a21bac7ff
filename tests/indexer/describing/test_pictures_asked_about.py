"""Several pictures in one question, read as the processor reads them."""

from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoProcessor

from indexer.describing.checkpoints import TOY
from indexer.describing.describer import Picture
from indexer.describing.engines.torch_engine import TorchEngine
from indexer.describing.smolvlm import SmolVLM
from indexer.errors import RequestError
from tests.indexer.describing.drawn_clips import clip

QUESTION = "What colour is the square?"


def test_pictures_are_read_as_the_processor_reads_them(toy: SmolVLM) -> None:
    """Several pictures in one prompt: the words are those of the model's own `generate`."""
    pictures = [Picture(clip(seed).frames[0], f"Image {seed}") for seed in range(3)]
    content: list[dict[str, str]] = []
    for each in pictures:
        content += [{"type": "text", "text": f"\n{each.caption}:"}, {"type": "image"}]
    content.append({"type": "text", "text": QUESTION})
    processor: Any = AutoProcessor.from_pretrained(TOY)
    text = processor.apply_chat_template(
        [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
    )
    inputs = processor(
        text=[text],
        images=[[each.pixels for each in pictures]],
        do_image_splitting=False,
        return_tensors="pt",
    )
    asked = toy.prompts.about_pictures([each.caption for each in pictures], QUESTION)
    assert asked == inputs["input_ids"][0].tolist()
    assert isinstance(toy.engine, TorchEngine)
    with torch.inference_mode():
        tokens = toy.engine.model.generate(**inputs, do_sample=False, max_new_tokens=64)
    (expected,) = processor.batch_decode(
        tokens[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True
    )
    assert toy.answer_pictures(pictures, QUESTION) == expected.strip()


def test_too_many_pictures_are_one_sentence(toy: SmolVLM) -> None:
    picture = Picture(np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(RequestError, match=r"reads at most \d+ pictures"):
        toy.answer_pictures([picture] * 1000, "What is it?")
