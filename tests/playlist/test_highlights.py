"""Highlights: pure choices over described windows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexer.segments import Segment
from indexer.windows import Window, tile
from playlist.highlights import Candidate, choose, scores
from search.embedding.registry import load_embedder

EMBEDDER = load_embedder("fake:")


def described(*texts: str) -> tuple[list[Segment], NDArray[np.float32]]:
    windows = tile(Window(0, 10_000 * len(texts)), 10_000)
    segments = [Segment(window, text) for window, text in zip(windows, texts, strict=True)]
    return segments, EMBEDDER.documents(texts)


def line(*texts: str) -> tuple[list[Candidate], NDArray[np.float32]]:
    segments, vectors = described(*texts)
    return [Candidate(0, segment.window) for segment in segments], vectors


USUAL = ["cars drive on a road", "a car drives on a road", "cars drive along a road"]


def test_what_happens_once_is_a_highlight() -> None:
    texts = [USUAL[i % 3] for i in range(40)]
    texts[7], texts[31] = "a deer jumps over the fence", "a man falls from his bicycle"
    candidates, vectors = line(*texts)
    chosen = choose(candidates, vectors, scores(candidates, vectors), 20_000)
    assert [h.window.start_ms // 10_000 for h in chosen] == [7, 31]


def test_about_says_what_counts() -> None:
    candidates, vectors = line("a deer jumps", "cars drive", "a man falls", "cars wait")
    about = EMBEDDER.queries(["a man falls down"])
    (chosen,) = choose(candidates, vectors, scores(candidates, vectors, about), 10_000)
    assert chosen.best == 2


def test_neighbours_become_one_stretch() -> None:
    candidates, vectors = line("usual", "a goal", "a goal again", "usual")
    about = EMBEDDER.queries(["a goal"])
    chosen = choose(candidates, vectors, scores(candidates, vectors, about), 20_000)
    assert [h.window for h in chosen] == [Window(10_000, 30_000)]


@given(
    st.lists(st.sampled_from([*USUAL, "a deer", "a man falls"]), min_size=1, max_size=20),
    st.integers(1, 120_000),
)
def test_the_budget_is_kept_and_the_order_is_the_videos(texts: list[str], budget_ms: int) -> None:
    candidates, vectors = line(*texts)
    worth = scores(candidates, vectors)
    assert ((worth >= 0) & (worth <= 1)).all()
    chosen = choose(candidates, vectors, worth, budget_ms)
    assert sum(h.window.length_ms for h in chosen) <= max(budget_ms, 10_000)
    starts = [h.window.start_ms for h in chosen]
    assert starts == sorted(starts)
    assert starts
