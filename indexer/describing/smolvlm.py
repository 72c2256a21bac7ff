"""SmolVLM2: batches of clips in, descriptions out, through prompts and an engine."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from indexer.describing.answers.repetition import sentence_ends
from indexer.describing.answers.yes_no import YesNo
from indexer.describing.checkpoints import find, processor_folder
from indexer.describing.describer import Announce, Checkpoint, Describer, DescriberOptions, Picture
from indexer.describing.engines.choice import load_engine
from indexer.describing.engines.engine import Engine
from indexer.describing.engines.torch_engine import damaged
from indexer.describing.hardware import devices_for
from indexer.describing.memory_estimate import batch_within, free_bytes
from indexer.describing.multi_device import Several
from indexer.describing.prompts import Prompts, load_prompts, picture_side
from indexer.describing.quiet_transformers import hush_transformers
from indexer.errors import ModelError, RequestError
from indexer.installation import describes, describing_is_missing
from indexer.media.clip import Clip
from indexer.media.frame_conversion import squared
from indexer.media.readers.reader import FrameSize

if TYPE_CHECKING:
    import torch

_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)


def locate(options: DescriberOptions, announce: Announce) -> Checkpoint:
    """Find the checkpoint that `options.model` names; see `checkpoints.find`.

    Raises:
        ModelError: there is none, or what would run it is not installed.
    """
    if not describes():
        raise ModelError(describing_is_missing())
    return find(options.model, offline=options.offline, announce=announce)


def frame_size(checkpoint: Checkpoint) -> FrameSize | None:
    """Return how large the checkpoint's tower reads frames, from its files."""
    side = picture_side(processor_folder(checkpoint)) if checkpoint.folder else None
    return None if side is None else FrameSize(side, square=True)


def load(options: DescriberOptions, checkpoint: Checkpoint, announce: Announce) -> Describer:
    """Load a SmolVLM2 checkpoint from its folder, once for each device if there are several.

    Raises:
        ModelError: its files are damaged or do not belong together.
    """
    if len(devices := devices_for(options.device)) > 1:
        return Several(options, checkpoint, devices)
    hush_transformers()
    try:
        prompts = load_prompts(Path(str(checkpoint.folder)), processor_folder(checkpoint))
    except (OSError, ValueError, KeyError) as error:
        raise damaged(checkpoint, error) from error
    return SmolVLM(prompts, load_engine(options, checkpoint, announce), options)


class SmolVLM:
    """A loaded SmolVLM2; describes clips greedily, several of equal frame count at a time."""

    square = True

    def __init__(self, prompts: Prompts, engine: Engine, options: DescriberOptions) -> None:
        from indexer.describing.vision_cache import Eyes

        self.prompts = prompts
        self._options = options
        self.engine = engine
        self.eyes = Eyes(engine.look, every_frame=options.every_frame)
        self.edge = prompts.picture.side
        self.batch_size = options.batch_size or default_batch_size(engine)
        self._buffer: torch.Tensor | None = None
        self._sentence_ends = sentence_ends(prompts.tokenizer.get_vocab())

    def describe(self, clips: Sequence[Clip]) -> list[str]:
        """Return one description per clip, in order; how they are batched changes no word."""
        return self.answer(clips, [self._options.prompt] * len(clips))

    def answer(self, clips: Sequence[Clip], questions: Sequence[str]) -> list[str]:
        """Return the answer to one question per clip, in order."""
        return self._in_batches(clips, questions, self._generate)

    def likelihoods(self, clips: Sequence[Clip], questions: Sequence[str]) -> list[float]:
        """Return how likely yes is as the answer to one question per clip, in order, 0 to 1.

        From the model's next token, not from its words: the share of yes among yes and no.
        """
        return self._in_batches(clips, questions, self._yes)

    def answer_pictures(self, pictures: Sequence[Picture], question: str) -> str:
        """Return the answer to a question about several pictures, each after its caption.

        Raises:
            RequestError: there are more than the model can read at a time.
        """
        if len(pictures) > (most := self._most_pictures()):
            raise RequestError(f"This model reads at most {most} pictures at a time: give fewer.")
        ids = self.prompts.about_pictures([picture.caption for picture in pictures], question)
        inputs = self._padded([ids]) | {"pixel_values": self._pictures(pictures)}
        return self._generate(inputs)[0]

    def remember(self, frames: int) -> None:
        """Keep what was seen in so many of the last frames, for further questions about them."""
        self.eyes.remembered = frames

    def _most_pictures(self) -> int:
        """Return how many pictures leave a quarter of the prompt's longest length to words."""
        text = self.engine.config.text_config
        # Beside what is seen in it, a picture has its marks and its caption.
        each = self.prompts.picture.tokens + 24
        return max(1, int(0.75 * text.max_position_embeddings) // each)

    def _in_batches(
        self,
        clips: Sequence[Clip],
        questions: Sequence[str],
        work: Callable[[Any], list[_Result]],
    ) -> list[_Result]:
        results: dict[int, _Result] = {}
        for batch in equal_batches([len(clip.times_ms) for clip in clips], self.batch_size):
            asked = [questions[i] for i in batch]
            answers = self._answer([clips[i] for i in batch], asked, work)
            results.update(zip(batch, answers, strict=True))
        return [results[i] for i in range(len(clips))]

    def complete(self, requests: Sequence[str]) -> list[str]:
        """Return the answer to each request, which is text alone, in order."""
        prompts = [self.prompts.request(request) for request in requests]
        texts: list[str] = []
        for start in range(0, len(prompts), self.batch_size):
            texts += self._generate(self._padded(prompts[start : start + self.batch_size]))
        return texts

    def _answer(
        self,
        clips: Sequence[Clip],
        questions: Sequence[str],
        work: Callable[[Any], list[_Result]],
    ) -> list[_Result]:
        """Answer one batch; out of memory, halve it for good and go on."""
        import torch

        try:
            return work(self.inputs(clips, questions))
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
        first = self._answer(clips[:half], questions[:half], work)
        return first + self._answer(clips[half:], questions[half:], work)

    def _yes(self, inputs: Any) -> list[float]:
        import torch

        with torch.inference_mode():
            logits = self.engine.next_logits(self._read(inputs), inputs["attention_mask"])
        return YesNo(self.prompts.tokenizer).probabilities(logits)

    def _generate(self, inputs: Any) -> list[str]:
        import torch

        with torch.inference_mode():
            answers = self.engine.write(
                self._read(inputs),
                inputs["attention_mask"],
                self._options.max_new_tokens,
                self.end_tokens(),
                self.prompts.tokenizer.pad_token_id,
                self._sentence_ends,
            )
        texts = self.prompts.tokenizer.batch_decode(answers, skip_special_tokens=True)
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

    def inputs(self, clips: Sequence[Clip], questions: Sequence[str]) -> dict[str, torch.Tensor]:
        """Return what the model is given of clips of equal frame count, padded on the left.

        `input_ids` and `attention_mask` are the processor's own. `pixel_values` is uint8, shape
        (clips, frames, 3, side, side), on the engine's device: a quarter of the floats that go
        into the tower, which are made of them there.
        """
        rows = [
            self.prompts.about(clip.window, clip.times_ms, question)
            for clip, question in zip(clips, questions, strict=True)
        ]
        return self._padded(rows) | {"pixel_values": self._pixels(clips)}

    def _padded(self, prompts: Sequence[Sequence[int]]) -> dict[str, torch.Tensor]:
        import torch

        ids, mask = self.prompts.padded(prompts)
        return {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor(mask)}

    def _pixels(self, clips: Sequence[Clip]) -> torch.Tensor:
        """Copy frames to the device; those that no decoding process has squared are squared."""
        import torch

        shape = (len(clips), len(clips[0].times_ms), self.edge, self.edge, 3)
        gathered = self._room(shape)
        for place, clip in zip(gathered, clips, strict=True):
            place.copy_(torch.from_numpy(squared(clip.frames, self.edge)))
        pixels = gathered.to(self.engine.device, non_blocking=True).movedim(-1, 2)
        return pixels.contiguous() if self.engine.device.type == "cpu" else pixels

    def _pictures(self, pictures: Sequence[Picture]) -> torch.Tensor:
        """Return pictures of any shape as one prompt's: uint8, (1, pictures, 3, side, side)."""
        import torch

        seen = [torch.from_numpy(squared(each.pixels[None], self.edge)) for each in pictures]
        return torch.cat(seen)[None].movedim(-1, 2).contiguous().to(self.engine.device)

    def _room(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Return memory for a batch of frames: on a GPU pinned, where copies go past the CPU.

        It is used again for the next batch, by when the answers to this one have come.
        """
        import torch

        if self.engine.device.type != "cuda":
            return torch.empty(shape, dtype=torch.uint8)
        size = prod(shape)
        if self._buffer is None or self._buffer.numel() < size:
            self._buffer = torch.empty(size, dtype=torch.uint8, pin_memory=True)
        return self._buffer[:size].view(shape)

    def end_tokens(self) -> list[int]:
        """Return the tokens that end an answer, also where a fine-tune's config forgot them."""
        tokenizer = self.prompts.tokenizer
        known = self.engine.generation.eos_token_id
        ends = set(known if isinstance(known, list) else [known])
        ends |= {tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids("<end_of_utterance>")}
        return sorted(ends - {None, tokenizer.unk_token_id})


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

    On a CPU a few share the cost of reading the weights for each token, as many as memory holds. On
    a GPU: what half of the free memory holds, allowing 512 MB a window for the 256M size and in
    proportion above.
    """
    import torch

    if engine.device.type != "cuda":
        batch = 8 if engine.parameters < 50_000_000 else 4
        return batch_within(batch, free_bytes(), engine.parameters)
    free, _ = torch.cuda.mem_get_info()
    window_bytes = 512 * 2**20 * max(1.0, engine.parameters / 256e6)
    return max(1, min(64, int(free / 2 / window_bytes)))
