"""What says nothing is left out of an answer, and nothing else is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.describing.answers.wording import cleaned, sentences

LEFT_OUT = [
    ("The video shows a dog catching a frisbee.", "A dog catching a frisbee."),
    ("In this video, we can see a man playing guitar.", "A man playing guitar."),
    ("In the video, a man is running.", "A man is running."),
    ("The video clip also features two men on a boat.", "Two men on a boat."),
    ("We see a dog. The clip then shows a cat.", "A dog. A cat."),
    ("This is a short video of a cat.", "A cat."),
    ("The scene begins with a close-up shot of a cake.", "A cake."),
    ("The image appears to show that a car burns!", "A car burns!"),
    ("A man sits. A man sits. A man sits. A man", "A man sits."),
    ("A man sits. He eats. A man sits. He eats.", "A man sits. He eats."),
    ("The video shows a dog. The video shows a dog. The vid", "A dog."),
    ("A dog and a cat and a cat and a cat and a cat and a", "A dog and a cat"),
    ("A man and a woman, a man and a woman, a man and a woman.", "A man and a woman."),
    ("A man walks through a park. He then sits down on", "A man walks through a park."),
    ("The video shows", ""),
    ("The video.", ""),
    ("", ""),
    (" \n ", ""),
]
PIECES = ["a", "dog.", "runs", "and", "The", "video", "shows"]
STAYS = [
    "A man walks through a park and sits down on",
    "The video game shows a hero.",
    "A video camera stands on a tripod.",
    "The film crew shows a dog to the man.",
    "The scene takes place in a kitchen.",
    "Mr. Smith opens a door. He has 3.5 litres of milk.",
    "1. A man walks. 2. A dog runs.",
    'A woman says "Stop!" and runs.',
    "No, no, no.",
    "A man in a red shirt and a man in a red hat.",
    "人が歩いています。犬が走ります。",
]


@pytest.mark.parametrize(("text", "says"), LEFT_OUT)
def test_what_says_nothing_is_left_out(text: str, says: str) -> None:
    assert cleaned(text) == says


@pytest.mark.parametrize("text", STAYS)
def test_what_says_something_stays(text: str) -> None:
    assert cleaned(text).replace(" ", "") == text.replace(" ", "")


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES))))
def test_nothing_is_added_to_any_text(written: str | list[str]) -> None:
    text = written if isinstance(written, str) else " ".join(written)
    says = cleaned(text)
    assert len(says) <= len(text)
    assert set(re.findall(r"\w+", says.lower())) <= set(re.findall(r"\w+", text.lower()))


@given(st.lists(st.sampled_from(["A dog runs.", "It is sunny!", "Mr. X sits.", "Two cats"])))
def test_sentences_lose_nothing(told: list[str]) -> None:
    text = " ".join(told)
    assert " ".join(sentences(text)) == text
