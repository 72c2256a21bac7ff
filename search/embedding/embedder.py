"""Texts to vectors: the protocol of embedders, and which one made a library's vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

DEFAULT_EMBEDDER = "all-MiniLM-L6-v2"


@dataclass(frozen=True, slots=True)
class EmbedderIdentity:
    """Which embedder made a library's vectors; vectors of two identities do not compare."""

    name: str
    revision: str
    dimensions: int


class QueryEncoder(Protocol):
    """Turns questions into float32 vectors of length 1, shape (texts, dimensions)."""

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed questions; some models treat them differently from documents."""
        ...


class Embedder(QueryEncoder, Protocol):
    """Turns texts into float32 vectors of length 1, shape (texts, dimensions)."""

    identity: EmbedderIdentity

    def documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed descriptions."""
        ...
