"""A cross-encoder of sentence-transformers: it reads question and description together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.errors import ModelError
from indexer.installation import describing_is_missing

_BATCH = 32


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


def load_reranker(name: str, *, offline: bool = False) -> CrossEncoderReranker:
    """Load a cross-encoder from a folder, the cache or the hub, in that order.

    Raises:
        ModelError: it cannot be had, or gives no single score; says what to do.
    """
    from indexer.describing.quiet_transformers import hush_transformers
    from search.embedding.sentence_transformer import model_folder

    if find_spec("sentence_transformers") is None:
        raise ModelError(describing_is_missing())
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
