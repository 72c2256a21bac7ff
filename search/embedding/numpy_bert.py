"""Embeds texts without torch: a BERT encoder in NumPy, for a search that answers at once.

Loading torch and sentence-transformers takes seconds and a question is a dozen words, so the
files of a BERT-like sentence-transformers model are read directly. Where those libraries are not
installed, descriptions that come from elsewhere are embedded the same way. Anything else about a
model than what is read here (another architecture, more modules, half the precision) is left to
sentence-transformers: `read` then returns None.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_MODULES = ("Transformer", "Pooling", "Normalize")


class BertEncoder:
    """Embeds texts as the sentence-transformers model in the same folder does."""

    def __init__(
        self, folder: Path, config: Mapping[str, Any], weights: Mapping[str, Floats]
    ) -> None:
        from tokenizers import Tokenizer

        self._config = config
        self._weights = weights
        pooling = _json(folder / "1_Pooling/config.json")
        self._first_token = bool(pooling.get("pooling_mode_cls_token"))
        self._tokens = Tokenizer.from_file(str(folder / "tokenizer.json"))
        # The file may ask for less than the model was made for, and for padding to that.
        self._tokens.no_padding()
        self._tokens.enable_truncation(_longest(folder, config))
        self._prompts = _json(folder / "config_sentence_transformers.json").get("prompts") or {}
        self.dimensions = int(config["hidden_size"])
        self._asked = 0

    def queries(self, texts: Sequence[str]) -> Floats:
        """Embed questions; float32 of shape (texts, dimensions), each of length 1."""
        return self._vectors(texts, "query")

    def documents(self, texts: Sequence[str]) -> Floats:
        """Embed descriptions; float32 of shape (texts, dimensions), each of length 1."""
        return self._vectors(texts, "document")

    def _vectors(self, texts: Sequence[str], kind: str) -> Floats:
        prompt = str(self._prompts.get(kind) or "")
        self._asked += 1
        if self._asked == 2:
            # Lying the other way they multiply in two thirds of the time, from the second
            # question on; for a single one turning them would cost more than it gives.
            self._weights = {n: np.ascontiguousarray(w) for n, w in self._weights.items()}
        vectors = [self._embed(prompt + text.strip()) for text in texts]
        return np.stack(vectors) if vectors else np.empty((0, self.dimensions), np.float32)

    def _embed(self, text: str) -> Floats:
        ids = self._tokens.encode(text).ids
        hidden = self._embeddings(ids)
        for layer in range(int(self._config["num_hidden_layers"])):
            hidden = self._layer(hidden, f"encoder.layer.{layer}.")
        pooled = hidden[0] if self._first_token else hidden.mean(axis=0)
        return np.asarray(pooled / max(float(np.linalg.norm(pooled)), 1e-12), np.float32)

    def _embeddings(self, ids: Sequence[int]) -> Floats:
        weights = self._weights
        words = weights["embeddings.word_embeddings.weight"][np.asarray(ids)]
        places = weights["embeddings.position_embeddings.weight"][: len(ids)]
        kind = weights["embeddings.token_type_embeddings.weight"][0]
        return self._normalised(words + places + kind, "embeddings.LayerNorm")

    def _layer(self, hidden: Floats, name: str) -> Floats:
        attended = self._attention(hidden, f"{name}attention.self.")
        attended = self._dense(attended, f"{name}attention.output.dense")
        hidden = self._normalised(hidden + attended, f"{name}attention.output.LayerNorm")
        wide = _gelu(self._dense(hidden, f"{name}intermediate.dense"))
        narrow = self._dense(wide, f"{name}output.dense")
        return self._normalised(hidden + narrow, f"{name}output.LayerNorm")

    def _attention(self, hidden: Floats, name: str) -> Floats:
        tokens, width = hidden.shape
        heads = int(self._config["num_attention_heads"])
        query, key, value = (
            self._dense(hidden, name + part).reshape(tokens, heads, -1).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / np.float32(math.sqrt(width / heads))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        return np.asarray((scores @ value).transpose(1, 0, 2).reshape(tokens, width), np.float32)

    def _dense(self, hidden: Floats, name: str) -> Floats:
        product = hidden @ self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return np.asarray(product, np.float32)

    def _normalised(self, hidden: Floats, name: str) -> Floats:
        centred = hidden - hidden.mean(axis=-1, keepdims=True)
        spread = (centred**2).mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt(spread + np.float32(self._config.get("layer_norm_eps", 1e-12)))
        result = scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return np.asarray(result, np.float32)


def read(folder: Path) -> BertEncoder | None:
    """Read the model in `folder`; None where it is not one that can be read here."""
    try:
        config = _json(folder / "config.json")
        if not _known(folder, config):
            return None
        return BertEncoder(folder, config, _weights(folder / "model.safetensors"))
    except (OSError, ValueError, KeyError, IndexError):
        return None


def _known(folder: Path, config: Mapping[str, Any]) -> bool:
    modules = json.loads((folder / "modules.json").read_text("utf-8"))
    kinds = tuple(str(module["type"]).rpartition(".")[2] for module in modules)
    pooling = _json(folder / "1_Pooling/config.json")
    modes = {key for key, value in pooling.items() if value is True}
    modes -= {"include_prompt"}
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and kinds in {_MODULES, _MODULES[:2]}
        and modes in ({"pooling_mode_mean_tokens"}, {"pooling_mode_cls_token"})
        and not _json(folder / "sentence_bert_config.json").get("do_lower_case")
    )


def _json(path: Path) -> dict[str, Any]:
    facts = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if not isinstance(facts, dict):
        raise ValueError(f"{path} holds no object")
    return facts


def _longest(folder: Path, config: Mapping[str, Any]) -> int:
    asked = _json(folder / "sentence_bert_config.json").get("max_seq_length")
    return int(asked or config["max_position_embeddings"])


def _weights(path: Path) -> dict[str, Floats]:
    """Read the tensors of a safetensors file, dense ones turned; of the words only those used."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
    data = np.memmap(path, np.uint8, "r", offset=8 + size)
    tensors = {}
    for name, facts in header.items():
        if name != "__metadata__" and facts["dtype"] == "F32":
            begin, end = facts["data_offsets"]
            piece = data[begin:end]
            # In the file they may lie where NumPy would have to copy them for each product.
            flat = (piece if "word_embeddings" in name else piece.copy()).view(np.float32)
            tensor = flat.reshape(facts["shape"])
            dense = tensor.ndim == 2 and "embeddings." not in name
            tensors[name.removeprefix("bert.")] = tensor.T if dense else tensor
    return tensors


def _gelu(x: Floats) -> Floats:
    """Return x Φ(x), with Abramowitz and Stegun's 7.1.26 for the error function (1.5e-7)."""
    z = np.abs(x) * np.float32(math.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = 1.421413741 + t * (-1.453152027 + t * 1.061405429)
    series = t * (0.254829592 + t * (-0.284496736 + t * series))
    error = np.sign(x) * (1 - series * np.exp(-z * z))
    return np.asarray(0.5 * x * (1 + error), np.float32)
