"""Chapters of what says the same, and their titles."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexer.segments import Segment
from indexer.windows import Window, tile
from playlist.chapters import chapters, short_title
from search.embedding.registry import load_embedder

EMBEDDER = load_embedder("fake:")


def described(*texts: str) -> tuple[list[Segment], NDArray[np.float32]]:
    windows = tile(Window(0, 10_000 * len(texts)), 10_000)
    segments = [Segment(window, text) for window, text in zip(windows, texts, strict=True)]
    return segments, EMBEDDER.documents(texts)


def test_windows_that_say_the_same_become_a_chapter() -> None:
    segments, vectors = described(
        "The video shows a dog running in a park.",
        "A dog running in a park.",
        "Two cars wait at a light.",
        "Two cars wait at a red light.",
        "A dog running in a park.",
    )
    made = chapters(segments, vectors)
    spans = [(c.window.start_ms // 1000, c.window.end_ms // 1000) for c in made]
    assert spans == [(0, 20), (20, 40), (40, 50)]
    assert made[0].title == "A dog running in a park"


@given(st.lists(st.sampled_from(["a dog", "a cat", "a cat sleeps", ""]), min_size=1, max_size=12))
def test_chapters_tile_what_is_described(texts: list[str]) -> None:
    made = chapters(*described(*texts))
    assert made[0].window.start_ms == 0
    assert made[-1].window.end_ms == 10_000 * len(texts)
    for one, other in itertools.pairwise(made):
        assert one.window.end_ms == other.window.start_ms


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("The video shows a dog catching a frisbee. It is sunny.", "A dog catching a frisbee"),
        ("In this clip, a man opens a door.", "A man opens a door"),
        ("There is a red car.", "A red car"),
        ("", ""),
    ],
)
def test_titles_are_short(text: str, title: str) -> None:
    assert short_title(text) == title
    assert len(short_title("word " * 60)) <= 60


def test_what_is_not_described_in_between_parts_chapters() -> None:
    segments, vectors = described("a dog", "a dog", "a dog")
    made = chapters([segments[0], segments[2]], vectors[[0, 2]])
    assert [(c.window.start_ms, c.window.end_ms) for c in made] == [(0, 10_000), (20_000, 30_000)]


def test_windows_that_say_nothing_go_together_and_with_no_others() -> None:
    segments, vectors = described("a dog", "", "", "a dog")
    made = chapters(segments, vectors)
    assert [(c.window.end_ms, c.title) for c in made] == [
        *((10_000, "A dog"), (30_000, ""), (40_000, "A dog"))
    ]


def test_how_alike_neighbours_are_to_be() -> None:
    segments, _ = described("a dog", "a cat")
    vectors = np.array([[1, 0], [0.75, 0.6614378]], np.float32)
    assert len(chapters(segments, vectors, 0.74)) == 1
    assert len(chapters(segments, vectors, 0.76)) == 2
