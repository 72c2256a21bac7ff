"""SmolVLM2 through the toy checkpoint: inputs are the processor's, batching changes nothing."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from indexer.describing.checkpoints import TOY
from indexer.describing.engines.torch_engine import TorchEngine
from indexer.describing.smolvlm import SmolVLM, equal_batches
from indexer.errors import ModelError
from indexer.media.clip import Clip
from indexer.windows import Window
from tests.indexer.describing.drawn_clips import QUESTION, clip

SHOWN = "Does this clip show a red square? Answer yes or no."


def stamps(seconds: Iterator[float] | list[float]) -> list[str]:
    return [f"Frame from {int(s // 60):02d}:{int(s % 60):02d}:" for s in seconds]


def test_inputs_are_the_processors_own(toy: SmolVLM) -> None:
    """The ids to the last one, the pixels nearly, of a constant rate and these very frames."""
    from transformers import AutoProcessor
    from transformers.video_utils import VideoMetadata

    whole = clip(1)
    even = Clip(whole.window, tuple(30_000 + 1_250 * i for i in range(8)), whole.frames)
    processor = AutoProcessor.from_pretrained(TOY)
    content = [{"type": "video"}, {"type": "text", "text": QUESTION}]
    text = processor.apply_chat_template(
        [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
    )
    metadata = VideoMetadata(
        total_num_frames=8, fps=0.8, duration=10.0, frames_indices=list(range(8))
    )
    expected = processor(
        text=[text], videos=[even.frames], video_metadata=[metadata], do_sample_frames=False,
        return_tensors="pt",
    )  # fmt: skip
    got = toy.inputs([even], [QUESTION])
    for name in ("input_ids", "attention_mask"):
        assert torch.equal(got[name], expected[name]), name
    assert got["pixel_values"].shape == expected["pixel_values"].shape
    pixels = expected["pixel_values"] * 127.5 + 127.5
    assert (got["pixel_values"] - pixels).abs().mean() < 1.5


def test_time_stamps_count_from_the_window_even_at_a_variable_rate(toy: SmolVLM) -> None:
    late = clip(2, start_ms=4_000_000)
    prompt = toy.prompts.tokenizer.decode(toy.inputs([late], [QUESTION])["input_ids"][0])
    assert "a 0:00:10 [H:MM:SS] video" in prompt
    for stamp in stamps([(t - 4_000_000) / 1_000 for t in late.times_ms]):
        assert stamp in prompt
    assert "eight frames" in prompt


def test_a_frame_from_before_its_window_counts_as_its_start(toy: SmolVLM) -> None:
    held = Clip(Window(10_000, 20_000), (9_000,), clip(3, frames=1).frames)
    prompt = toy.prompts.tokenizer.decode(toy.inputs([held], [QUESTION])["input_ids"][0])
    assert "one frames" in prompt
    assert "Frame from 00:00:" in prompt


def test_a_batch_gives_the_same_words_as_one_at_a_time(toy: SmolVLM) -> None:
    """Different frame counts and picture shapes mixed, order kept."""
    clips = [
        clip(seed, frames=6 if seed % 3 else 8, shape=(72, 128) if seed % 2 else (96, 128))
        for seed in range(12)
    ]
    single = [toy.describe([one])[0] for one in clips]
    assert toy.describe(clips) == single
    assert len(set(single)) > 3, "the words depend on the clip"


def test_prompts_of_different_length_are_padded_on_the_left(toy: SmolVLM) -> None:
    ids = toy.inputs([clip(1), clip(2)], [QUESTION, "What?"])
    assert (ids["attention_mask"][:, -1] == 1).all()
    assert ids["attention_mask"][1, 0] == 0


def test_each_clip_gets_the_answer_to_its_own_question(toy: SmolVLM) -> None:
    clips, questions = [clip(1), clip(2), clip(3)], [QUESTION, "What?", QUESTION]
    alone = [toy.answer([one], [ask])[0] for one, ask in zip(clips, questions, strict=True)]
    assert toy.answer(clips, questions) == alone


def test_requests_without_pictures_are_answered_in_order(toy: SmolVLM) -> None:
    requests = ["Summarise: a red star.", "Write one word.", "Summarise: a blue ring spins."]
    assert toy.complete(requests) == [toy.complete([request])[0] for request in requests]


def still(seed: int, noise: int = 0) -> Clip:
    """A clip of a picture that stands, but for some noise."""
    rng = np.random.default_rng(seed)
    picture = rng.integers(40, 200, (4, 6, 3)).repeat(16, 0).repeat(16, 1)
    frames = np.repeat(picture[None], 8, 0) + rng.integers(-noise, noise + 1, (8, *picture.shape))
    return Clip(Window(0, 8_000), tuple(range(0, 8_000, 1_000)), frames.astype(np.uint8))


def test_frames_that_look_alike_are_looked_at_once(toy: SmolVLM) -> None:
    from indexer.describing.vision_cache import Eyes

    eyes = Eyes(toy.engine.look)
    pixels = toy.inputs([still(1, 3), still(1, 3), still(2)], [QUESTION] * 3)["pixel_values"]
    with torch.inference_mode():
        shared = eyes.see(pixels)
        whole = Eyes(toy.engine.look, every_frame=True).see(pixels)
        assert (eyes.frames, eyes.looked_at) == (24, 2)
        assert shared.shape == whole.shape
        assert torch.allclose(shared[0], whole[0], atol=1e-4)
        assert torch.allclose(shared[16:], whole[16:], atol=1e-4)
        again = eyes.see(pixels[2:])
        assert eyes.looked_at == 2, "remembered from the last batch"
        assert torch.equal(again, shared[16:])
        eyes.see(
            toy.inputs([still(seed) for seed in range(3, 30)], [QUESTION] * 27)["pixel_values"]
        )
        eyes.see(pixels[:1])
        assert eyes.looked_at == 2 + 27 + 1, "and forgotten in the end"


def test_a_thing_that_moves_is_looked_at_each_time(toy: SmolVLM) -> None:
    from indexer.describing.vision_cache import Eyes

    frames = np.full((8, 96, 128, 3), 90, np.uint8)
    for number in range(8):
        frames[number, 40:52, 10 * number : 10 * number + 9] = 160
    moving = Clip(Window(0, 8_000), tuple(range(0, 8_000, 1_000)), frames)
    eyes = Eyes(toy.engine.look)
    with torch.inference_mode():
        eyes.see(toy.inputs([moving], [QUESTION])["pixel_values"])
    assert eyes.looked_at == 8


def test_what_is_read_is_what_the_library_would_read(toy: SmolVLM) -> None:
    """Our way from frames to words, against the model's own `generate` on the same inputs."""
    clips = [clip(seed) for seed in range(3)]
    inputs = toy.inputs(clips, [QUESTION] * 3)
    inputs["pixel_values"] = (inputs["pixel_values"].float() - 127.5) / 127.5
    assert isinstance(toy.engine, TorchEngine)
    with torch.inference_mode():
        tokens = toy.engine.model.generate(**inputs, do_sample=False, max_new_tokens=64)
    texts = toy.prompts.tokenizer.batch_decode(
        tokens[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True
    )
    assert toy.describe(clips) == [" ".join(text.split()) for text in texts]


def test_batches_never_mix_frame_counts() -> None:
    assert sorted(equal_batches([8, 3, 8, 8, 3], 2)) == [[0, 2], [1, 4], [3]]


def test_out_of_memory_halves_the_batch(toy: SmolVLM, monkeypatch: pytest.MonkeyPatch) -> None:
    real, sizes = toy._generate, []

    def scarce(inputs: Any) -> list[str]:
        sizes.append(len(inputs["input_ids"]))
        if sizes[-1] > 2:
            raise torch.OutOfMemoryError
        return real(inputs)

    clips = [clip(seed) for seed in range(7)]
    expected = toy.describe(clips)
    monkeypatch.setattr(toy, "_generate", scarce)
    monkeypatch.setattr(toy, "batch_size", 7)
    assert toy.describe(clips) == expected
    assert max(sizes[-2:]) <= 2


def test_out_of_memory_for_a_single_window_is_one_sentence(
    toy: SmolVLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scarce(inputs: Any) -> list[str]:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(toy, "_generate", scarce)
    with pytest.raises(ModelError, match="too little memory"):
        toy.describe([clip(0)])


def test_frames_stay_seen_between_questions(toy: SmolVLM) -> None:
    looked = [clip(seed, frames=8) for seed in range(20, 23)]
    toy.remember(64)
    try:
        toy.likelihoods(looked, [SHOWN] * 3)
        before = toy.eyes.looked_at
        toy.likelihoods(looked, ["Is there a star in this video?"] * 3)
        toy.answer(looked, ["What colour is the square?"] * 3)
        assert toy.eyes.looked_at == before
    finally:
        toy.remember(16)
