"""A cross-encoder reads pairs: a tiny one for real."""

import sys
from pathlib import Path

import numpy as np
import pytest
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

from indexer.errors import ModelError
from indexer.installation import describing_is_missing
from search.embedding.cross_encoder import load_reranker

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
