"""A second look at the best moments: the protocol of rerankers, and the order they give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from search.query.parser import Query
from search.ranking.moments import in_turn
from search.ranking.sequences import Found

# So many of the best moments are looked at again, or as many as are asked for.
RERANKED = 50


class Reranker(Protocol):
    """Says how well descriptions answer a question, having read both together."""

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a score from 0 to 1 for each text, shape (texts,)."""
        ...


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
    said = [item.said or f"{item.text} {item.transcript}".strip() for item in found]
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
