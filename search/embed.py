"""Texts to vectors: the protocol of whoever does it, and the registry of kinds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from indexer.errors import LibraryError

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


# kind → "module:callable(name, offline)"; `KIND:…` is of that kind, all else sentence-transformers.
EMBEDDERS: dict[str, str] = {
    "sentence-transformers": "search.sentences:load",
    "fake": "search.fake:load",
}


def load_embedder(name: str, *, offline: bool = False) -> Embedder:
    """Load the embedder called `name`: a sentence-transformers model by name, hub id or folder.

    Raises:
        ModelError: it cannot be had; says why and what to do.
    """
    kind, _, _ = name.partition(":")
    module, _, attribute = EMBEDDERS.get(kind, EMBEDDERS["sentence-transformers"]).partition(":")
    load = cast("Callable[[str, bool], Embedder]", getattr(import_module(module), attribute))
    return load(name, offline)


def load_query_encoder(identity: EmbedderIdentity, *, offline: bool = False) -> QueryEncoder:
    """Load what embeds questions for vectors of `identity`, without torch where that is possible.

    Raises:
        ModelError: it cannot be had; says why and what to do.
        LibraryError: what can be had now is another revision.
    """
    kind, _, _ = identity.name.partition(":")
    if kind not in EMBEDDERS:
        from search.sentences import light

        if (encoder := light(identity)) is not None:
            return encoder
    embedder = load_embedder(identity.name, offline=offline)
    if embedder.identity != identity:
        raise LibraryError(
            f"The embedder {identity.name} is not the one this library was made with: it has"
            " changed since; index into another --library."
        )
    return embedder
