"""A cross-encoder orders the best moments anew: a tiny one for real, a double for the order."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

from indexer.errors import ModelError
from indexer.installation import describing_is_missing
from search.embedding.cross_encoder import load_reranker
from search.query.parser import Query, Text, parse
from search.ranking.sequences import Found
from search.rerank import reorder
from tests.command import Run

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = [*SPECIAL, "a", "dog", "runs", "cat", "sleeps", "on", "the", "beach", "snow", "falls"]


def tiny_cross_encoder(folder: Path, labels: int = 1) -> Path:
    """Write an untrained BERT that scores pairs."""
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        num_labels=labels,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt"), model_max_length=64).save_pretrained(
        folder
    )
    return folder


class Counting:
    """Scores a text by how many words of the question it holds."""

    def scores(self, question: str, texts: Sequence[str]) -> np.ndarray:
        asked = set(question.split())
        return np.array([len(asked & set(text.split())) / len(asked) for text in texts], np.float32)


def item(video: str, text: str, start_ms: int = 0, transcript: str = "") -> Found:
    return Found(video, start_ms, start_ms + 10_000, 0.5, text, transcript, 0.4)


def order(found: list[Found], query: Query) -> list[str]:
    return [f"{item.fingerprint}{item.start_ms}" for item in reorder(found, query, Counting(), 0.8)]


def test_what_was_read_to_fit_better_comes_first_with_its_score() -> None:
    found = [item("a", "cat"), item("b", "dog"), item("c", "x", transcript="dog runs")]
    assert order(found, parse("dog runs")) == ["c0", "b0", "a0"]
    first, *_ = reorder(found, parse("dog runs"), Counting(), 0.8)
    assert (first.score, first.confidence) == (1, 0.4)


def test_equals_keep_their_order_and_a_second_moment_of_a_video_stands_behind() -> None:
    found = [item("a", "dog"), item("a", "dog", 20_000), item("b", "dog")]
    assert order(found, parse("dog")) == ["a0", "b0", "a20000"]


def test_weights_steps_and_unwanted_texts_count() -> None:
    found = [item("a", "dog"), item("b", "cat"), item("c", "cat dog snow")]
    assert order(found[:2], Query(texts=(Text("dog"), Text("cat", 2)))) == ["b0", "a0"]
    assert order(found, Query(steps=("dog", "cat"))) == ["c0", "a0", "b0"]
    assert order(found, parse("dog not:snow")) == ["a0", "b0", "c0"]
    unwanted = [item("a", "snow"), item("a", "snow", 20_000), item("b", "x"), item("c", "dog snow")]
    assert order(unwanted, parse("dog not:snow")) == ["b0", "c0", "a0", "a20000"]
    assert all(f.score >= 0 for f in reorder(unwanted, parse("dog not:snow"), Counting(), 0.8))


def test_likes_alone_are_left_as_they_are() -> None:
    found = [item("a", "cat"), item("b", "dog")]
    assert reorder(found, Query(), Counting(), 0.8) == found


def test_a_model_reads_pairs_and_gives_each_a_score_whatever_its_company(tmp_path: Path) -> None:
    reranker = load_reranker(str(tiny_cross_encoder(tmp_path / "model")), offline=True)
    texts = ["a dog runs on the beach", "snow falls", "", "dog " * 500]
    together = reranker.scores("a dog runs", texts)
    assert together.shape == (4,)
    assert ((together >= 0) & (together <= 1)).all()
    alone = np.concatenate([reranker.scores("a dog runs", [text]) for text in texts])
    assert np.abs(together - alone).max() < 1e-5
    assert reranker.scores("a dog runs", []).shape == (0,)


@pytest.mark.parametrize("kind", ["empty", "classes", "missing"])
def test_what_is_no_reranker_is_one_sentence(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "model"
    if kind == "empty":
        folder.mkdir()
    if kind == "classes":
        tiny_cross_encoder(folder, labels=3)
    with pytest.raises(ModelError, match=r"cross-encoder|reranker"):
        load_reranker(str(folder), offline=True)


def test_without_torch_nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ModelError) as told:
        load_reranker("cross-encoder/ms-marco-MiniLM-L6-v2")
    assert str(told.value) == describing_is_missing()


def test_the_command_reads_the_best_fifty_and_shows_as_many_as_asked_for(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The embedder is fooled by what is said again; the double reads what is there.
    said = [f"a dog a dog a dog {i}" for i in range(5)] + ["a dog catches a frisbee"]
    lines = "".join(
        f'{{"video": "{i}.mp4", "start": 0, "end": 10, "text": "{text}"}}\n'
        for i, text in enumerate(said)
    )
    (tmp_path / "said.jsonl").write_text(lines)
    assert run("import", tmp_path / "said.jsonl").status == 0
    asked: list[str] = []

    def load(name: str, *, offline: bool) -> Counting:
        asked.append(name)
        return Counting()

    monkeypatch.setattr("search.library.load_reranker", load)
    shown = run("search", "a dog frisbee", "--limit", "1", "--json", "--rerank", "some/model")
    assert '"a dog catches a frisbee"' in shown.out
    assert shown.out.count('"video"') == 1
    assert asked == ["some/model"]
