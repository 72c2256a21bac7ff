"""What runs a SmolVLM2: frames to features, a prompt to an answer; torch is the reference."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

from indexer.describe import Announce, Checkpoint, DescriberOptions
from indexer.errors import ModelError
from indexer.hardware import Hardware, choose_hardware, devices_for

if TYPE_CHECKING:
    import torch

ENGINES = ("auto", "torch", "openvino")
# Frames that go through the tower at a time.
_AT_ONCE = 64


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

    def write(
        self,
        embedded: torch.Tensor,
        mask: torch.Tensor,
        longest: int,
        ends: Sequence[int],
        padding: int,
    ) -> torch.Tensor:
        """Answer embedded prompts greedily; return ids, shape (prompts, at most `longest`).

        `mask`, shape (prompts, length), is 0 where a prompt is padded, on its left. An answer
        ends with one of `ends`, with `padding` after it.
        """
        ...


def load_engine(options: DescriberOptions, checkpoint: Checkpoint, announce: Announce) -> Engine:
    """Load a checkpoint with the engine that suits this machine, or the one asked for.

    On a CPU that is OpenVINO where it is installed (`pip install 'scenelist[openvino]'`), but for
    the toy, which is too small to gain by it.

    Raises:
        ModelError: its files are damaged or do not belong together, or the engine cannot be had.
    """
    toy = checkpoint.name == "toy" and options.dtype == "auto"
    wanted = {"int8": "auto"}.get(options.dtype, "float32" if toy else options.dtype)
    hardware = choose_hardware(options.device, wanted)
    if _through_openvino(options, hardware, checkpoint):
        from indexer.openvino_engine import load_openvino

        precision = "int8" if options.dtype == "int8" else str(hardware.dtype)[6:]
        return load_openvino(checkpoint, precision, options.cache, announce)
    return TorchEngine(load_model(checkpoint, hardware), options.compile)


def _through_openvino(
    options: DescriberOptions, hardware: Hardware, checkpoint: Checkpoint
) -> bool:
    """Whether OpenVINO runs the model.

    Raises:
        ModelError: it is asked for and cannot be had.
    """
    import torch

    asked = options.engine == "openvino" or options.dtype == "int8"
    there = find_spec("openvino") is not None
    fits = hardware.device == "cpu" and hardware.dtype != torch.float16
    if options.engine == "torch":
        if options.dtype == "int8":
            raise ModelError("int8 needs OpenVINO: leave --engine out.")
        return False
    if not asked:
        return there and fits and checkpoint.name != "toy" and _plain(checkpoint)
    if not fits:
        raise ModelError(
            "OpenVINO is for the CPU, in float32, bfloat16 or int8: give --device cpu, or leave"
            " --engine and --dtype out."
        )
    if not there or (options.dtype == "int8" and find_spec("nncf") is None):
        raise ModelError(
            "OpenVINO is not installed: pip install 'scenelist[openvino]', or leave --engine and"
            " --dtype out."
        )
    if not _plain(checkpoint):
        raise ModelError(
            f"{checkpoint.name} wants its answers written in a way that only torch knows:"
            " leave --engine and --dtype out."
        )
    return True


def _plain(checkpoint: Checkpoint) -> bool:
    from indexer.openvino_engine import generation_of, writes_plainly

    return writes_plainly(generation_of(checkpoint))


def engine_tip(options: DescriberOptions) -> str:
    """Return what would make describing quicker on this machine, in a sentence; else nothing."""
    real = options.model != "toy" and not options.model.startswith("fake:")
    if not real or options.engine != "auto" or find_spec("openvino") is not None:
        return ""
    if choose_hardware(devices_for(options.device)[0]).device != "cpu":
        return ""
    return (
        "With OpenVINO (pip install 'scenelist[openvino]') describing takes less than two thirds"
        " of the time on a CPU."
    )


def load_model(checkpoint: Checkpoint, hardware: Hardware, attention: str | None = None) -> Any:
    """Load a checkpoint's weights with transformers.

    Raises:
        ModelError: its files are damaged or do not belong together.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForImageTextToText

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
        for part in torch.split(frames, _AT_ONCE):
            # As the processor normalises: mean and deviation are a half of the range each.
            pixels = ((part.to(self.device).float() - 127.5) / 127.5).to(self.model.dtype)
            seen.append(model.connector(model.vision_model(pixel_values=pixels).last_hidden_state))
        return torch.cat(seen)

    def write(
        self,
        embedded: torch.Tensor,
        mask: torch.Tensor,
        longest: int,
        ends: Sequence[int],
        padding: int,
    ) -> torch.Tensor:
        """Answer with transformers' own `generate`."""
        answers: torch.Tensor = self.model.generate(
            inputs_embeds=embedded,
            attention_mask=mask.to(self.device),
            do_sample=False,
            max_new_tokens=longest,
            eos_token_id=list(ends),
            pad_token_id=padding,
            **self._cache,
        )
        return answers
