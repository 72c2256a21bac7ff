"""SmolVLM2: batches of clips in, descriptions out, through the processor and an engine."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from indexer.describing.checkpoints import TOY, find, processor_folder
from indexer.describing.describer import Announce, Checkpoint, Describer, DescriberOptions
from indexer.describing.engines.choice import load_engine
from indexer.describing.engines.engine import Engine
from indexer.describing.engines.torch_engine import damaged
from indexer.describing.hardware import devices_for
from indexer.describing.library_output import hush_transformers
from indexer.describing.multi_device import Several
from indexer.describing.repetition import sentence_ends
from indexer.errors import ModelError
from indexer.media.clip import Clip

if TYPE_CHECKING:
    import torch

_log = logging.getLogger(__name__)


def locate(options: DescriberOptions, announce: Announce) -> Checkpoint:
    """Find the checkpoint that `options.model` names; see `checkpoints.find`."""
    return find(options.model, offline=options.offline, announce=announce)


def load(options: DescriberOptions, checkpoint: Checkpoint, announce: Announce) -> Describer:
    """Load a SmolVLM2 checkpoint from its folder, once for each device if there are several.

    Raises:
        ModelError: its files are damaged or do not belong together.
    """
    from transformers import AutoProcessor

    if len(devices := devices_for(options.device)) > 1:
        return Several(options, checkpoint, devices)
    hush_transformers()
    try:
        processor = AutoProcessor.from_pretrained(
            processor_folder(checkpoint), local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError) as error:
        raise damaged(checkpoint, error) from error
    if not processor.chat_template:
        # All SmolVLM2 are asked in the same form; a fine-tune may have been saved without it.
        processor.chat_template = (TOY / "chat_template.jinja").read_text("utf-8")
    return SmolVLM(processor, load_engine(options, checkpoint, announce), options)


class SmolVLM:
    """A loaded SmolVLM2; describes clips greedily, several of equal frame count at a time."""

    def __init__(self, processor: Any, engine: Engine, options: DescriberOptions) -> None:
        from indexer.describing.vision_cache import Eyes

        self._processor = processor
        self._options = options
        self.engine = engine
        self.eyes = Eyes(engine.look, every_frame=options.every_frame)
        self.edge = int(processor.video_processor.size["longest_edge"])
        self.batch_size = options.batch_size or default_batch_size(engine)
        self._sentence_ends = sentence_ends(processor.tokenizer.get_vocab())

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

        with torch.inference_mode():
            answers = self.engine.write(
                self._read(inputs),
                inputs["attention_mask"],
                self._options.max_new_tokens,
                self._end_tokens(),
                self._processor.tokenizer.pad_token_id,
                self._sentence_ends,
            )
        texts = self._processor.batch_decode(answers, skip_special_tokens=True)
        return [" ".join(text.split()) for text in texts]

    def _read(self, inputs: Any) -> torch.Tensor:
        """Return the prompt's embeddings with what is seen in the frames in their places."""
        ids = inputs["input_ids"]
        embedded = self.engine.embed(ids)
        if "pixel_values" in inputs:
            places = (ids == self.engine.config.image_token_id)[..., None].to(embedded.device)
            seen = self.eyes.see(inputs["pixel_values"])
            embedded = embedded.masked_scatter(places, seen.to(embedded))
        return embedded

    def inputs(self, clips: Sequence[Clip], questions: Sequence[str]) -> Any:
        """Return what the processor makes of clips of equal frame count, padded on the left.

        `pixel_values` is uint8, shape (clips, frames, 3, side, side): a quarter of the floats that
        go into the tower, which are made of them where they are needed. The prompt's time stamps
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
            do_rescale=False,
            do_normalize=False,
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
        known = self.engine.generation.eos_token_id
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


def default_batch_size(engine: Engine) -> int:
    """Return how many windows to describe at a time on this device.

    On a CPU a few share the cost of reading the weights for each token. On a GPU: what half of
    the free memory holds, allowing 512 MB a window for the 256M size and in proportion above.
    """
    import torch

    if engine.device.type != "cuda":
        return 8 if engine.parameters < 50_000_000 else 4
    free_bytes, _ = torch.cuda.mem_get_info()
    window_bytes = 512 * 2**20 * max(1.0, engine.parameters / 256e6)
    return max(1, min(64, int(free_bytes / 2 / window_bytes)))
