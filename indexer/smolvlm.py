"""SmolVLM2 through transformers: batches of clips in, descriptions out. torch lives here."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from indexer.checkpoints import find
from indexer.describe import Announce, Checkpoint, Describer, DescriberOptions
from indexer.errors import ModelError
from indexer.frames import Clip
from indexer.hardware import Hardware, choose_hardware
from indexer.quiet import hush_transformers

if TYPE_CHECKING:
    import torch

_log = logging.getLogger(__name__)


def locate(options: DescriberOptions, announce: Announce) -> Checkpoint:
    """Find the checkpoint that `options.model` names; see `checkpoints.find`."""
    return find(options.model, offline=options.offline, announce=announce)


def load(options: DescriberOptions, checkpoint: Checkpoint) -> Describer:
    """Load a SmolVLM2 checkpoint from its folder.

    Raises:
        ModelError: its files are damaged or do not belong together.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForImageTextToText, AutoProcessor

    hush_transformers()
    hardware = choose_hardware(options.device, options.dtype)
    dtype = (
        torch.float32 if checkpoint.name == "toy" and options.dtype == "auto" else hardware.dtype
    )
    try:
        processor = AutoProcessor.from_pretrained(
            checkpoint.folder, local_files_only=True, trust_remote_code=False
        )
        model = AutoModelForImageTextToText.from_pretrained(
            checkpoint.folder,
            dtype=dtype,
            attn_implementation=attention(hardware),
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"The checkpoint in {checkpoint.folder} cannot be loaded ({reason}):"
            " download it again or choose another."
        ) from error
    model.to(hardware.device).eval()
    return SmolVLM(processor, model, options)


def attention(hardware: Hardware) -> str:
    """Return which attention to use: flash-attn's where the GPU has it, else sdpa."""
    if hardware.device == "cuda" and hardware.half and find_spec("flash_attn") is not None:
        import torch

        if torch.cuda.get_device_capability() >= (8, 0):
            return "flash_attention_2"
    return "sdpa"


class SmolVLM:
    """A loaded SmolVLM2; describes clips greedily, several of equal frame count at a time."""

    def __init__(self, processor: Any, model: Any, options: DescriberOptions) -> None:
        from indexer.seeing import Eyes

        self._processor = processor
        self._model = model
        self._options = options
        self.eyes = Eyes(model, every_frame=options.every_frame)
        self.edge = int(processor.video_processor.size["longest_edge"])
        self.batch_size = options.batch_size or default_batch_size(model)

    def describe(self, clips: Sequence[Clip]) -> list[str]:
        """Return one description per clip, in order; how they are batched changes no word."""
        return self.answer(clips, [self._options.prompt] * len(clips))

    def answer(self, clips: Sequence[Clip], questions: Sequence[str]) -> list[str]:
        """Return the answer to one question per clip, in order."""
        texts: list[str] = [""] * len(clips)
        for batch in equal_batches([len(clip.times_ms) for clip in clips], self.batch_size):
            asked = [questions[i] for i in batch]
            answers = self._answer([clips[i] for i in batch], asked)
            for place, text in zip(batch, answers, strict=True):
                texts[place] = text
        return texts

    def complete(self, requests: Sequence[str]) -> list[str]:
        """Return the answer to each request, which is text alone, in order."""
        prompts = [self._prompt(_text(request)) for request in requests]
        texts: list[str] = []
        for start in range(0, len(prompts), self.batch_size):
            batch = prompts[start : start + self.batch_size]
            inputs = self._processor(
                text=batch, padding=True, padding_side="left", return_tensors="pt"
            )
            texts += self._generate(inputs)
        return texts

    def _answer(self, clips: Sequence[Clip], questions: Sequence[str]) -> list[str]:
        """Answer one batch; out of memory, halve it for good and go on."""
        import torch

        try:
            return self._generate(self.inputs(clips, questions))
        except torch.OutOfMemoryError:
            if len(clips) == 1:
                raise ModelError(
                    "The device has too little memory for one window: choose a smaller --model,"
                    " fewer --frames, or --device cpu."
                ) from None
        torch.cuda.empty_cache()
        half = len(clips) // 2
        self.batch_size = min(self.batch_size, half)
        _log.info("out of memory: going on with batches of %d", self.batch_size)
        first = self._answer(clips[:half], questions[:half])
        return first + self._answer(clips[half:], questions[half:])

    def _generate(self, inputs: Any) -> list[str]:
        import torch

        inputs = inputs.to(self._model.device)
        with torch.inference_mode():
            answers = self._model.generate(
                inputs_embeds=self._read(inputs),
                attention_mask=inputs["attention_mask"],
                do_sample=False,
                max_new_tokens=self._options.max_new_tokens,
                eos_token_id=self._end_tokens(),
                pad_token_id=self._processor.tokenizer.pad_token_id,
            )
        texts = self._processor.batch_decode(answers, skip_special_tokens=True)
        return [" ".join(text.split()) for text in texts]

    def _read(self, inputs: Any) -> torch.Tensor:
        """Return the prompt's embeddings with what is seen in the frames in their places."""
        ids = inputs["input_ids"]
        embedded: torch.Tensor = self._model.get_input_embeddings()(ids)
        if "pixel_values" in inputs:
            places = (ids == self._model.config.image_token_id)[..., None]
            seen = self.eyes.see(inputs["pixel_values"])
            embedded = embedded.masked_scatter(places, seen.to(embedded.dtype))
        return embedded

    def inputs(self, clips: Sequence[Clip], questions: Sequence[str]) -> Any:
        """Return what the processor makes of clips of equal frame count, padded on the left.

        `pixel_values` is float, shape (clips, frames, 3, side, side). The prompt's time stamps
        count from each window's start: frame "indices" are ms at 1,000 a second, so that they
        hold for variable frame rates too.
        """
        from transformers.video_utils import VideoMetadata

        metadata = [
            VideoMetadata(
                total_num_frames=clip.window.length_ms,
                fps=1000,
                duration=clip.window.length_ms / 1000,
                frames_indices=[max(0, t - clip.window.start_ms) for t in clip.times_ms],
            )
            for clip in clips
        ]
        return self._processor(
            text=[self._prompt({"type": "video"}, _text(question)) for question in questions],
            videos=[clip.frames for clip in clips],
            video_metadata=metadata,
            do_sample_frames=False,
            padding=True,
            padding_side="left",
            return_tensors="pt",
        )

    def _prompt(self, *content: dict[str, str]) -> str:
        text: str = self._processor.apply_chat_template(
            [{"role": "user", "content": list(content)}],
            add_generation_prompt=True,
            tokenize=False,
        )
        return text

    def _end_tokens(self) -> list[int]:
        """Return the tokens that end an answer, also where a fine-tune's config forgot them."""
        tokenizer = self._processor.tokenizer
        known = self._model.generation_config.eos_token_id
        ends = set(known if isinstance(known, list) else [known])
        ends |= {tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids("<end_of_utterance>")}
        return sorted(ends - {None, tokenizer.unk_token_id})


def _text(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def equal_batches(counts: Sequence[int], size: int) -> Iterator[list[int]]:
    """Yield indices in batches of at most `size`, each of one frame count.

    Unequal counts in one batch would name the longest clip's count in every prompt.
    """
    by_count: dict[int, list[int]] = {}
    for index, count in enumerate(counts):
        by_count.setdefault(count, []).append(index)
    for indices in by_count.values():
        for start in range(0, len(indices), size):
            yield indices[start : start + size]


def default_batch_size(model: Any) -> int:
    """Return how many windows to describe at a time on this device.

    On a CPU a few share the cost of reading the weights for each token. On a GPU: what half of
    the free memory holds, allowing 512 MB a window for the 256M size and in proportion above.
    """
    import torch

    if model.device.type != "cuda":
        return 8 if model.num_parameters() < 50_000_000 else 4
    free_bytes, _ = torch.cuda.mem_get_info()
    window_bytes = 512 * 2**20 * max(1.0, model.num_parameters() / 256e6)
    return max(1, min(64, int(free_bytes / 2 / window_bytes)))
