"""An embedder that needs no model: hashed words, so equal words are near; for tests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from search.embedding.embedder import Embedder, EmbedderIdentity

_DIMENSIONS = 64


class FakeEmbedder:
    """Counts words into bins: texts that share words have a cosine above 0."""

    def __init__(self, name: str, dimensions: int) -> None:
        self.identity = EmbedderIdentity(name, "1", dimensions)

    def documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts by their words."""
        bins = self.identity.dimensions
        vectors = np.full((len(texts), bins), 1e-6, np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[row, blake2b(word.encode(), digest_size=1).digest()[0] % bins] += 1
        lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / lengths

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts by their words."""
        return self.documents(texts)


def load(name: str, offline: bool) -> Embedder:
    """Return a fake embedder of 64 dimensions, or as many as `fake:N` says."""
    return FakeEmbedder(name, int(name.partition(":")[2] or _DIMENSIONS))
