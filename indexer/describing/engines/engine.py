"""What runs a SmolVLM2: the protocols of engines and of who loads them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from indexer.describing.describer import Announce, Checkpoint, DescriberOptions
from indexer.describing.hardware import Hardware

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


@dataclass(frozen=True, slots=True)
class Wanted:
    """A checkpoint that is to be run on this machine, as options ask for it.

    `precision` is float32, bfloat16, float16 or int8; `free` is what memory there is, in bytes,
    None where that is not known.
    """

    options: DescriberOptions
    checkpoint: Checkpoint
    hardware: Hardware
    precision: str
    free: int | None


class EngineKind(Protocol):
    """What an engine's module offers as `KIND`: whether it is the one, and loading it."""

    def suits(self, wanted: Wanted, announce: Announce) -> bool:
        """Whether it can run the checkpoint here, and is asked for or does it best.

        Raises:
            ModelError: it is asked for and cannot be had; says why and what to do.
        """
        ...

    def bytes_per_weight(self, precision: str) -> tuple[float, float]:
        """Return what a weight takes of memory: at least, and with all copies of it."""
        ...

    def load(self, wanted: Wanted, announce: Announce) -> Engine:
        """Load the checkpoint; `announce` is told of what takes long, before it does.

        Raises:
            ModelError: its files are damaged or do not belong together.
        """
        ...
