"""Runs a SmolVLM2 with torch, on any device: the reference for every other engine."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from indexer.describing.answers.repetition import repeats
from indexer.describing.describer import Announce, Checkpoint
from indexer.describing.engines.engine import EngineKind, Wanted
from indexer.describing.hardware import Hardware
from indexer.errors import ModelError

if TYPE_CHECKING:
    import torch

# Frames that go through the tower at a time: on a CPU few, since each fills the processors by
# itself, and what layers hand on takes memory.
_AT_ONCE, _AT_ONCE_CPU = 64, 8


def load_model(checkpoint: Checkpoint, hardware: Hardware, attention: str | None = None) -> Any:
    """Load a checkpoint's weights with transformers.

    Raises:
        ModelError: its files are damaged or do not belong together.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForImageTextToText

    from indexer.describing.patch_positions import place_exactly
    from indexer.describing.peft_adapters import merged

    if hardware.device.startswith("cuda:"):
        torch.cuda.set_device(hardware.device)  # what names no device means this one
    try:
        model = AutoModelForImageTextToText.from_pretrained(
            checkpoint.folder,
            dtype=hardware.dtype,
            attn_implementation=attention or best_attention(hardware),
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise damaged(checkpoint, error) from error
    if checkpoint.adapter is not None:
        model = merged(model, checkpoint, checkpoint.adapter)
    place_exactly(model)
    return model.to(hardware.device).eval()


def damaged(checkpoint: Checkpoint, error: Exception) -> ModelError:
    """Return what to say of a checkpoint that cannot be loaded."""
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return ModelError(
        f"The checkpoint in {checkpoint.folder} cannot be loaded ({reason}):"
        " download it again or choose another."
    )


def best_attention(hardware: Hardware) -> str:
    """Return which attention to use: flash-attn's where the GPU has it, else sdpa."""
    if hardware.device.startswith("cuda") and hardware.half and find_spec("flash_attn") is not None:
        import torch

        if torch.cuda.get_device_capability() >= (8, 0):
            return "flash_attention_2"
    return "sdpa"


class TorchEngine:
    """A checkpoint run by torch, on any device: the reference for every other engine.

    With `compiled`, answers are written with a static cache, which transformers compiles into
    CUDA graphs on a GPU: slower to begin with, for long runs.
    """

    def __init__(self, model: Any, compiled: bool = False) -> None:
        self.model = model
        self._cache = {"cache_implementation": "static"} if compiled else {}
        self.name = f"torch in {str(model.dtype).removeprefix('torch.')}"
        self.device: torch.device = model.device
        self.config, self.generation = model.config, model.generation_config
        self.parameters = int(model.num_parameters())

    def embed(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the prompts' embeddings."""
        embedded: torch.Tensor = self.model.get_input_embeddings()(ids.to(self.device))
        return embedded

    def look(self, frames: torch.Tensor) -> torch.Tensor:
        """Send frames through the tower and the connector; they are normalised on the device."""
        import torch

        model = self.model.model
        seen = []
        at_once = _AT_ONCE_CPU if self.device.type == "cpu" else _AT_ONCE
        for part in torch.split(frames, at_once):
            # As the processor normalises: mean and deviation are a half of the range each.
            pixels = ((part.to(self.device).float() - 127.5) / 127.5).to(self.model.dtype)
            seen.append(model.connector(model.vision_model(pixel_values=pixels).last_hidden_state))
        return torch.cat(seen)

    def next_logits(self, embedded: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Read prompts once; a token's place counts from its prompt's first, as in `generate`."""
        mask = mask.to(self.device)
        read = self.model(
            inputs_embeds=embedded,
            attention_mask=mask,
            position_ids=(mask.cumsum(1) - 1).clamp(min=0),
            use_cache=False,
            logits_to_keep=1,
        )
        logits: torch.Tensor = read.logits[:, -1]
        return logits

    def write(
        self,
        embedded: torch.Tensor,
        mask: torch.Tensor,
        longest: int,
        ends: Sequence[int],
        padding: int,
        sentence_ends: Collection[int] = (),
    ) -> torch.Tensor:
        """Answer with transformers' own `generate`."""
        from transformers import StoppingCriteriaList

        shortest = int(self.generation.min_new_tokens or 0)

        def going_round(ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
            if ids.shape[1] < shortest:
                return ids.new_zeros(len(ids)).bool()
            return ids.new_tensor([repeats(row, sentence_ends) for row in ids.tolist()]).bool()

        answers: torch.Tensor = self.model.generate(
            inputs_embeds=embedded,
            attention_mask=mask.to(self.device),
            do_sample=False,
            max_new_tokens=longest,
            eos_token_id=list(ends),
            pad_token_id=padding,
            stopping_criteria=StoppingCriteriaList([going_round]),
            **self._cache,
        )
        return answers


class TorchKind:
    """torch runs whatever no other engine does."""

    def suits(self, wanted: Wanted, announce: Announce) -> bool:
        """Whether numbers are wanted that torch has."""
        if wanted.precision == "int8":
            raise ModelError("int8 needs OpenVINO: leave --engine out.")
        return True

    def bytes_per_weight(self, precision: str) -> tuple[float, float]:
        """Return what weights take, once in their file's numbers."""
        return (4.0, 4.5) if precision == "float32" else (2.0, 2.5)

    def load(self, wanted: Wanted, announce: Announce) -> TorchEngine:
        """Load the weights with transformers."""
        model = load_model(wanted.checkpoint, wanted.hardware)
        return TorchEngine(model, wanted.options.compile)


KIND: EngineKind = TorchKind()
