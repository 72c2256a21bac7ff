"""How likely a model says yes: from its next token, the same with every engine and in any batch."""

from pathlib import Path

import numpy as np
import pytest
import torch

from indexer.describing.answers.yes_no import YesNo
from indexer.describing.describer import Answerer, DescriberOptions, load_describer
from indexer.describing.engines.torch_engine import TorchEngine
from indexer.describing.smolvlm import SmolVLM
from indexer.errors import ModelError
from tests.indexer.describing.drawn_clips import clip

SHOWN = "Does this clip show a red square? Answer yes or no."
CLIPS = [clip(seed, frames=6 if seed % 3 else 8) for seed in range(6)]


class Words:
    """A tokenizer of whole words and letters; a space before belongs to the word."""

    def __init__(self, *whole: str) -> None:
        self.whole = whole

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        assert not add_special_tokens
        if text in self.whole:
            return [100 + self.whole.index(text)]
        return [ord(letter) for letter in text]


def logits(**odds: float) -> torch.Tensor:
    row = torch.full((1, 200), -20.0)
    for name, value in odds.items():
        row[0, int(name[1:])] = value
    return row


def test_every_way_to_say_yes_counts() -> None:
    yes_no = YesNo(Words("Yes", " Yes", "No", " No", " yes"))
    assert yes_no.probabilities(logits(t100=0.0, t102=0.0)) == [pytest.approx(0.5)]
    both = yes_no.probabilities(logits(t100=0.0, t101=0.0, t102=0.0))
    assert both == [pytest.approx(2 / 3, abs=1e-5)]
    # Whatever else it would rather say does not count.
    assert yes_no.probabilities(logits(t7=9.0, t101=1.0, t103=0.0)) == [
        pytest.approx(1 / (1 + np.exp(-1)), abs=1e-5)
    ]


def test_words_of_several_tokens_count_by_their_first() -> None:
    (likely,) = YesNo(Words()).probabilities(logits(t89=2.0, t78=0.0))  # Y and N
    assert likely == pytest.approx(1 / (1 + np.exp(-2)), abs=1e-5)


def test_a_tokenizer_that_begins_both_alike_is_one_sentence() -> None:
    class Same:
        def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
            return [1, len(text)]

    with pytest.raises(ModelError, match="begins yes and no with the same token"):
        YesNo(Same())


def test_it_is_what_the_model_itself_would_say(toy: SmolVLM) -> None:
    """Against a plain forward pass of the model on the processor's inputs."""
    assert isinstance(toy, Answerer)
    clips = [clip(seed) for seed in range(3)]
    inputs = toy.inputs(clips, [SHOWN] * 3)
    inputs["pixel_values"] = (inputs["pixel_values"].float() - 127.5) / 127.5
    assert isinstance(toy.engine, TorchEngine)
    with torch.inference_mode():
        read = toy.engine.model(**inputs).logits[:, -1]
    shares = read.softmax(1)
    tokenizer = toy.prompts.tokenizer
    yes = shares[:, [tokenizer.encode(w)[0] for w in ("Yes", " Yes", " yes")]].sum(1)
    no = shares[:, [tokenizer.encode(w)[0] for w in (" No", " no")]].sum(1)
    expected = (yes / (yes + no)).tolist()
    assert toy.likelihoods(clips, [SHOWN] * 3) == pytest.approx(expected, abs=1e-4)


def test_it_goes_with_the_answer_in_words(toy: SmolVLM) -> None:
    questions = [
        f"Does this clip show a {colour} square? Answer yes or no."
        for colour in ("red", "green", "white")
    ]
    some = CLIPS[:4]
    clips = [one for one in some for _ in questions]
    asked = questions * len(some)
    likely, words = toy.likelihoods(clips, asked), toy.answer(clips, asked)
    assert {"Yes.", "No."} >= set(words)
    assert [p > 0.5 for p in likely] == [word == "Yes." for word in words]


def test_a_batch_gives_the_same_as_one_at_a_time(toy: SmolVLM) -> None:
    questions = [SHOWN if i % 2 else "Is there a star in this video?" for i in range(len(CLIPS))]
    single = [toy.likelihoods([c], [q])[0] for c, q in zip(CLIPS, questions, strict=True)]
    assert toy.likelihoods(CLIPS, questions) == pytest.approx(single, abs=1e-4)


def test_openvino_says_the_same(toy: SmolVLM, cache: Path) -> None:
    pytest.importorskip("openvino", reason="OpenVINO is not installed")
    options = DescriberOptions("toy", dtype="float32", engine="openvino", cache=cache)
    theirs = load_describer(options)
    assert isinstance(theirs, SmolVLM)
    assert theirs.engine.name == "OpenVINO in float32"
    expected = toy.likelihoods(CLIPS, [SHOWN] * len(CLIPS))
    assert theirs.likelihoods(CLIPS, [SHOWN] * len(CLIPS)) == pytest.approx(expected, abs=0.01)
