"""Which embedders there are: one line each; found and loaded by name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from indexer.errors import LibraryError
from search.embedding.embedder import Embedder, EmbedderIdentity, QueryEncoder

# kind → "module:callable(name, offline)"; `KIND:…` is of that kind, all else sentence-transformers.
EMBEDDERS: dict[str, str] = {
    "sentence-transformers": "search.embedding.sentence_transformer:load",
    "fake": "search.embedding.fake_embedder:load",
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
        from search.embedding.sentence_transformer import light

        if (encoder := light(identity)) is not None:
            return encoder
    embedder = load_embedder(identity.name, offline=offline)
    if embedder.identity != identity:
        raise LibraryError(
            f"The embedder {identity.name} is not the one this library was made with: it has"
            " changed since; index into another --library."
        )
    return embedder
