"""A second look: a cross-encoder reads question and description together, and orders anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.errors import ModelError
from search.moments import in_turn
from search.query import Query
from search.steps import Found

# So many of the best moments are looked at again, or as many as are asked for.
RERANKED = 50
_BATCH = 32


class Reranker(Protocol):
    """Says how well descriptions answer a question, having read both together."""

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a score from 0 to 1 for each text, shape (texts,)."""
        ...


@dataclass(frozen=True, slots=True)
class CrossEncoderReranker:
    """A cross-encoder of sentence-transformers."""

    model: Any

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a score from 0 to 1 for each text, shape (texts,)."""
        if not texts:
            return np.empty(0, np.float32)
        logits = self.model.predict(
            [(question, text) for text in texts],
            batch_size=_BATCH,
            activation_fn=_as_it_is,
            show_progress_bar=False,
        )
        # Clipped where float32 can tell nothing apart anyway.
        bounded = np.clip(np.asarray(logits, np.float32).reshape(-1), -30, 30)
        return np.asarray(1 / (1 + np.exp(-bounded)), np.float32)


def _as_it_is(logits: Any) -> Any:
    return logits


def load_reranker(name: str, *, offline: bool = False) -> Reranker:
    """Load a cross-encoder from a folder, the cache or the hub, in that order.

    Raises:
        ModelError: it cannot be had, or gives no single score; says what to do.
    """
    from indexer.quiet import hush_transformers
    from search.sentences import model_folder

    folder = model_folder(name, "reranker", offline)
    hush_transformers()
    from sentence_transformers import CrossEncoder

    try:
        model = CrossEncoder(str(folder), local_files_only=True, trust_remote_code=False)
    except Exception as error:
        raise ModelError(
            f"{name} is no cross-encoder that sentence-transformers can load: choose another"
            " --rerank, or leave it out."
        ) from error
    if model.num_labels != 1:
        raise ModelError(
            f"{name} sorts into {model.num_labels} classes: --rerank needs a cross-encoder that"
            " gives one score, such as cross-encoder/ms-marco-MiniLM-L6-v2."
        )
    return CrossEncoderReranker(model)


def reorder(found: Sequence[Found], query: Query, reranker: Reranker, again: float) -> list[Found]:
    """Return answers in the order that a reranker gives them, with its scores.

    Several texts count by their weights, unwanted ones against; a video's n-th moment counts
    `again`^(n-1) of its score. Without any text, answers stay as they are.
    """
    asked = [(text.text, text.weight) for text in query.texts]
    asked += [(step, 1.0) for step in query.steps]
    total = sum(weight for _, weight in asked)
    if not found or not total:
        return list(found)
    said = [f"{item.text} {item.transcript}".strip() for item in found]
    scores = np.zeros(len(said), np.float32)
    for text, weight in asked:
        scores += weight / total * reranker.scores(text, said)
    for unwanted in query.nots:
        scores -= reranker.scores(unwanted, said)
    order = np.argsort(-scores, kind="stable")
    # Less than nothing would grow by being counted less.
    least = np.maximum(scores, 0)
    turns = in_turn([(found[i].fingerprint, float(least[i])) for i in order], again, None)
    return [replace(found[order[number]], score=score) for number, score in turns]
