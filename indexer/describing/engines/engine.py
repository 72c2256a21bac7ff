"""What runs a SmolVLM2: the protocol of engines. Frames to features, a prompt to an answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import torch


class Engine(Protocol):
    """The parts of a loaded checkpoint; `config` and `generation` are its own settings.

    `name` says what runs it and in which numbers; `device` is where ids and embeddings live.
    """

    name: str
    device: torch.device
    config: Any
    generation: Any
    parameters: int

    def embed(self, ids: torch.Tensor) -> torch.Tensor:
        """Return embeddings, shape (prompts, length, width), of ids, shape (prompts, length)."""
        ...

    def look(self, frames: torch.Tensor) -> torch.Tensor:
        """Return features, shape (n, tokens, width), of frames: uint8, shape (n, 3, side, side)."""
        ...

    def next_logits(self, embedded: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return the logits of what follows embedded prompts, shape (prompts, vocabulary).

        `mask` is as in `write`.
        """
        ...

    def write(
        self,
        embedded: torch.Tensor,
        mask: torch.Tensor,
        longest: int,
        ends: Sequence[int],
        padding: int,
        sentence_ends: Collection[int] = (),
    ) -> torch.Tensor:
        """Answer embedded prompts greedily; return ids, shape (prompts, at most `longest`).

        `mask`, shape (prompts, length), is 0 where a prompt is padded, on its left. An answer
        ends with one of `ends`, or where it begins to repeat itself (`repetition.repeats`, which
        wants to know the tokens that end a sentence), with `padding` after it.
        """
        ...
