"""Prompts are built from parts, and are to the last id what transformers' processor makes."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest
from tokenizers import processors

from benchmarks.real_size import make
from indexer.describing.checkpoints import TOY
from indexer.describing.prompts import Prompts, load_prompts, picture_side
from indexer.windows import Window

QUESTION = "What happens here, and where?\nName all, 1 to 10."


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("published") / "checkpoint", "small", 4)


@pytest.fixture(scope="module", params=["older template", "newer template", "no template", "toy"])
def folder(request: pytest.FixtureRequest, published: Path, tmp_path_factory: Any) -> Path:
    """A checkpoint whose chat template lies in an older or newer file, or nowhere."""
    if request.param == "toy":
        return TOY
    copy = copytree(published, tmp_path_factory.mktemp("layouts") / "checkpoint")
    if request.param != "older template":
        (copy / "chat_template.json").unlink()
    if request.param == "newer template":
        (copy / "chat_template.jinja").write_bytes((TOY / "chat_template.jinja").read_bytes())
    return copy


@cache
def loaded(folder: Path) -> Any:
    from transformers import AutoProcessor

    return AutoProcessor.from_pretrained(folder)


def processors_own(
    folder: Path, window: Window, times_ms: Sequence[int], question: str = QUESTION
) -> list[int]:
    from transformers.video_utils import VideoMetadata

    processor = loaded(folder)
    content = [{"type": "video"}, {"type": "text", "text": question}]
    text = processor.apply_chat_template(
        [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
    )
    metadata = VideoMetadata(
        total_num_frames=window.length_ms,
        fps=1000,
        duration=window.length_ms / 1000,
        frames_indices=[time_ms - window.start_ms for time_ms in times_ms],
    )
    made = processor(
        text=[text],
        videos=[np.zeros((len(times_ms), 8, 8, 3), np.uint8)],
        video_metadata=[metadata],
        do_sample_frames=False,
        do_resize=False,
        return_tensors="pt",
    )
    ids: list[int] = made["input_ids"][0].tolist()
    return ids


def spread(window: Window, frames: int) -> list[int]:
    return [window.start_ms + (2 * i + 1) * window.length_ms // (2 * frames) for i in range(frames)]


@pytest.mark.parametrize(
    "window",
    [
        Window(0, 10_000),
        Window(59_000, 69_000),
        Window(3_600_000, 3_610_000),
        Window(59_000, 59_000 + 61_500),
        Window(7, 7 + 3_600_000),
        Window(0, 400),
    ],
    ids=["0 s", "59 s", "1 h", "over a minute", "an hour long", "short"],
)
def test_ids_are_the_processors_own(folder: Path, window: Window) -> None:
    prompts = load_prompts(folder)
    for frames in (1, 2, 8, 21, 64):
        times = spread(window, frames)
        assert prompts.about(window, times, QUESTION) == processors_own(folder, window, times)


def test_ids_are_the_processors_own_for_any_number_of_frames(published: Path) -> None:
    prompts = load_prompts(published)
    window = Window(59_000, 59_000 + 65_000)
    for frames in range(1, 65):
        times = spread(window, frames)
        assert prompts.about(window, times, QUESTION) == processors_own(published, window, times)


def test_a_part_is_tokenized_once(published: Path) -> None:
    prompts = load_prompts(published)
    read: list[str] = []
    real = prompts.tokenizer

    class Counting:
        pad_token_id = real.pad_token_id
        chat_template = real.chat_template

        def __call__(self, text: str, **options: Any) -> Any:
            read.append(text)
            return real(text, **options)

    counted = Prompts(Counting(), prompts.picture)
    for start_ms in range(0, 3_600_000, 10_000):
        window = Window(start_ms, start_ms + 10_000)
        times = spread(window, 8)
        ids = counted.about(window, times, QUESTION)
    assert ids == prompts.about(window, times, QUESTION)
    assert len(read) < 40, "later windows of the same times cost nothing"


def test_a_tokenizer_that_begins_every_text_reads_prompts_whole(published: Path) -> None:
    prompts = load_prompts(published)
    tokenizer = prompts.tokenizer
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<|im_end|> $A", special_tokens=[("<|im_end|>", 2)]
    )
    window, times = Window(0, 10_000), spread(Window(0, 10_000), 8)
    ids = Prompts(tokenizer, prompts.picture).about(window, times, QUESTION)
    assert ids[0] == 2
    assert ids[1:] == processors_own(published, window, times)


def test_a_picture_that_is_only_written_in_a_question_is_none(published: Path) -> None:
    prompts = load_prompts(published)
    window, times = Window(0, 10_000), spread(Window(0, 10_000), 2)
    image = prompts.tokenizer.convert_tokens_to_ids("<image>")
    ids = prompts.about(window, times, "Is there <image> in it?")
    assert ids.count(image) == 2 * prompts.picture.tokens


def test_a_request_is_what_the_processor_makes_of_it(folder: Path) -> None:
    request = "Summarise: a dog runs. A man calls it."
    processor = loaded(folder)
    processor.chat_template = processor.chat_template or _ONE_TURN
    text = processor.apply_chat_template(
        [{"role": "user", "content": [{"type": "text", "text": request}]}],
        add_generation_prompt=True,
        tokenize=False,
    )
    assert load_prompts(folder).request(request) == processor.tokenizer(text)["input_ids"]


_ONE_TURN = (
    "<|im_start|>User: {{ messages[0]['content'][0]['text'] }}<end_of_utterance>\nAssistant:"
)


def test_the_size_of_a_frame_is_in_older_and_newer_files(published: Path, tmp_path: Path) -> None:
    """The towers', not the detour's: 64 of (256, 64); the toy's newer file says (128, 64)."""
    assert picture_side(published) == 64
    assert picture_side(TOY) == 64
    (tmp_path / "config.json").write_text('{"vision_config": {"image_size": 384}}')
    assert picture_side(tmp_path) == 384
    (tmp_path / "preprocessor_config.json").write_text("[")
    assert picture_side(tmp_path) == 384
    (tmp_path / "video_preprocessor_config.json").write_text(
        '{"max_image_size": {"longest_edge": 512}, "size": {"longest_edge": 2048}}'
    )
    assert picture_side(tmp_path) == 512
    assert picture_side(tmp_path / "nowhere") is None
