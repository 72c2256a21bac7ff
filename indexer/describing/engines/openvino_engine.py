"""Runs a SmolVLM2 on CPUs with OpenVINO: about twice as fast there as torch, with its words."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from math import gcd
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from indexer.describing.answers.repetition import repeats
from indexer.describing.engines.openvino_export import EMBEDDINGS, SETTINGS, TEXT, VISION
from indexer.describing.engines.openvino_graphs import openvino

if TYPE_CHECKING:
    import torch

# Frames that go through the tower at a time: few, since each fills the processors by itself.
_AT_ONCE = 4
# Added to scores of what must not be seen; finite, so that rows of padding stay numbers.
_NEVER = -1e9


class OpenVinoEngine:
    """The graphs of a checkpoint, compiled for this CPU; `scratch` goes when they do."""

    scratch: TemporaryDirectory[str] | None = None

    def __init__(self, folder: Path, precision: str, config: Any, generation: Any) -> None:
        import torch

        from indexer.describing.hardware import cpu_likes_bfloat16

        core = openvino().Core()
        half = precision == "bfloat16" or (precision == "int8" and cpu_likes_bfloat16())
        numbers = "bf16" if half else "f32"
        wishes = {
            "INFERENCE_PRECISION_HINT": numbers,
            "KV_CACHE_PRECISION": numbers,
            "PERFORMANCE_HINT": "LATENCY",
        }
        int8 = precision == "int8"
        vision = core.compile_model(
            folder / VISION, "CPU", wishes | _activations(config.vision_config, int8=int8)
        )
        text = core.compile_model(
            folder / TEXT, "CPU", wishes | _activations(config.text_config, int8=int8)
        )
        self._vision, self._text = vision.create_infer_request(), text.create_infer_request()
        self._embeddings = np.load(folder / EMBEDDINGS, mmap_mode="r")
        facts = json.loads((folder / SETTINGS).read_text("utf-8"))
        self.parameters = int(facts["parameters"])
        self.config, self.generation = config, generation
        self.name = f"OpenVINO in {precision}"
        self.device = torch.device("cpu")

    def embed(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the prompts' embeddings."""
        import torch

        return torch.from_numpy(self._rows(ids.numpy()))

    def _rows(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        rows: NDArray[np.float32] = self._embeddings[ids].astype("float32")
        return rows

    def look(self, frames: torch.Tensor) -> torch.Tensor:
        """Send frames through the tower and the connector."""
        import torch

        parts = [
            self._vision.infer(part.numpy())[0].copy() for part in torch.split(frames, _AT_ONCE)
        ]
        return torch.cat([torch.from_numpy(part) for part in parts])

    def next_logits(self, embedded: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Read prompts once."""
        import torch

        seen = mask.numpy().astype(bool)
        self._text.reset_state()
        return torch.from_numpy(self._step(embedded.numpy(), _causal(seen), _positions(seen)))

    def write(
        self,
        embedded: torch.Tensor,
        mask: torch.Tensor,
        longest: int,
        ends: Sequence[int],
        padding: int,
        sentence_ends: Collection[int] = (),
    ) -> torch.Tensor:
        """Answer token by token, each the likeliest."""
        import torch

        seen = mask.numpy().astype(bool)
        shortest = int(self.generation.min_new_tokens or 0)
        self._text.reset_state()
        logits = self._step(embedded.numpy(), _causal(seen), _positions(seen))
        ended = np.zeros(len(seen), bool)
        answer: list[NDArray[np.int64]] = []
        said: list[list[int]] = [[] for _ in ended]
        while True:
            if len(answer) < shortest:
                logits[:, list(ends)] = -np.inf
            tokens = np.where(ended, padding, logits.argmax(1))
            answer.append(tokens)
            ended |= np.isin(tokens, ends)
            for row in np.flatnonzero(~ended):
                said[row].append(int(tokens[row]))
                ended[row] = len(answer) >= shortest and repeats(said[row], sentence_ends)
            if ended.all() or len(answer) == longest:
                return torch.from_numpy(np.stack(answer, 1))
            seen = np.concatenate([seen, np.ones((len(seen), 1), bool)], 1)
            bias = np.where(seen, 0, _NEVER).astype(np.float32)[:, None, None]
            logits = self._step(self._rows(tokens)[:, None], bias, _positions(seen)[:, -1:])

    def _step(
        self,
        embedded: NDArray[np.float32],
        bias: NDArray[np.float32],
        positions: NDArray[np.int64],
    ) -> NDArray[np.float32]:
        """Read on; return the logits of what comes next, shape (prompts, vocabulary)."""
        order = np.arange(len(embedded), dtype=np.int32)
        inputs = {"embedded": embedded, "bias": bias, "positions": positions, "order": order}
        logits: NDArray[np.float32] = self._text.infer(inputs)[0].copy()
        return logits


def _activations(config: Any, *, int8: bool) -> dict[str, Any]:
    """Return how activations are multiplied: as they are, or in 8 bits like the weights.

    In 8 bits as many of a token's as go into every layer without a rest share a scale, made as
    they come: nothing is calibrated beforehand. Larger groups are quicker, but OpenVINO leaves
    layers alone whose width is not a multiple.
    """
    group = gcd(config.hidden_size, config.intermediate_size)
    return {"DYNAMIC_QUANTIZATION_GROUP_SIZE": max(64, group) if int8 else 0}


def _causal(seen: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return what is added to scores so that each token sees itself and those before it."""
    before = np.tri(seen.shape[1], dtype=bool)[None] & seen[:, None]
    return np.where(before, 0, _NEVER).astype(np.float32)[:, None]


def _positions(seen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return each token's place, counted from its prompt's first; padding has none."""
    return np.maximum(np.cumsum(seen, 1, dtype=np.int64) - 1, 0)
