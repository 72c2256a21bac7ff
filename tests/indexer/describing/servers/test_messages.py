"""What is sent and how answers are read, hostile ones too."""

from base64 import b64decode
from io import BytesIO
from math import log

import numpy as np
import pytest
from PIL import Image

from indexer.describing.servers.messages import (
    answer_of,
    clip_parts,
    likelihood,
    likelihood_by_words,
    prompt_tokens,
)
from indexer.media.clip import Clip
from indexer.windows import Window


def test_frames_come_in_order_each_after_its_time_and_the_question_last() -> None:
    frames = np.zeros((3, 48, 64, 3), np.uint8)
    frames[:] = np.array([[250, 10, 10], [10, 250, 10], [10, 10, 250]])[:, None, None]
    clip = Clip(Window(60_000, 130_000), (60_500, 90_999, 129_000), frames)
    parts = clip_parts(clip, "What is seen?")
    assert [part["type"] for part in parts] == ["text", *["text", "image_url"] * 3, "text"]
    assert [part["text"] for part in parts if part["type"] == "text"] == [
        "You are provided the following series of three frames from a 0:01:10 [H:MM:SS] video.\n",
        "\nFrame from 00:00:",
        "\nFrame from 00:30:",
        "\nFrame from 01:09:",
        "\n\nWhat is seen?",
    ]
    for part, frame in zip(parts[2::2], frames, strict=False):
        lead, _, data = part["image_url"]["url"].partition(",")
        assert lead == "data:image/jpeg;base64"
        shown = np.asarray(Image.open(BytesIO(b64decode(data))))
        assert shown.shape == frame.shape
        assert np.abs(shown.astype(int) - frame).max() < 8


def reply(content: object) -> object:
    return {"choices": [{"message": {"content": content}}]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("  A dog\n\nruns. ", "A dog runs."),
        ("A dog.<end_of_utterance>", "A dog."),
        ("<|im_start|>A dog.<|im_end|>", "A dog."),
        ("<think>Is it a dog?</think>A dog.", "A dog."),
        ("<think>It never ends", ""),
        ([{"type": "text", "text": "A "}, {"type": "text", "text": "dog."}], "A dog."),
        (None, ""),
        ("a \ud800 b", "a ? b"),
        ("2 < 3 and 4 > 3", "2 < 3 and 4 > 3"),
    ],
)
def test_answers_are_cleaned_as_our_own_are(content: object, said: str) -> None:
    assert answer_of(reply(content)) == said


@pytest.mark.parametrize(
    "nonsense",
    [None, [], "yes", {}, {"choices": []}, {"choices": [3]}, {"choices": {}}, reply(3), reply({})],
)
def test_what_is_no_reply_is_none(nonsense: object) -> None:
    assert answer_of(nonsense) is None
    assert prompt_tokens(nonsense) is None
    assert likelihood(nonsense) is None


def first_token(**chances: float) -> object:
    top = [{"token": token, "logprob": log(chance)} for token, chance in chances.items()]
    return {"choices": [{"logprobs": {"content": [{"top_logprobs": top}]}}]}


def test_yes_or_no_is_told_from_the_first_tokens_chances() -> None:
    both = first_token(**{"Yes": 0.5, " yes": 0.1, "No": 0.2, "The": 0.1})
    assert likelihood(both) == pytest.approx(0.6 / 0.8)
    # No is less likely than the least likely that is told.
    assert likelihood(first_token(Yes=0.9, The=0.1)) == pytest.approx(0.9)
    assert likelihood(first_token(No=0.6, A=0.3, The=0.1)) == pytest.approx(0.1 / 0.7)
    assert likelihood(first_token(The=0.9, A=0.1)) is None


@pytest.mark.parametrize(
    ("answer", "likely"),
    [("Yes.", 1.0), ("no", 0.0), ("**Yes**, it is", 1.0), ("Not sure", 0.49), ("A dog", 0.49)],
)
def test_yes_or_no_by_words(answer: str, likely: float) -> None:
    assert likelihood_by_words(answer) == likely
