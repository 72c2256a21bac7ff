"""What a SmolVLM2 reads of a window: the ids that its own processor makes, without the processor.

transformers' processor expands and tokenizes some thousand characters for every window, most of
them always the same, and scales frames by way of a size that the tower never sees. Here a prompt's
parts are tokenized once for each number of frames and question, and the times are filled in.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from indexer.windows import Window

# The words of SmolVLM2's training. In the order in which they are read.
_INTRO = (
    "You are provided the following series of {count} frames from a {length} [H:MM:SS] video.\n"
)
_STAMP = "\nFrame from {minutes:02d}:{seconds:02d}:"
_OUTRO = "\n\n"
_BEFORE, _AFTER = "<|im_start|>User: ", "<end_of_utterance>\nAssistant:"

# Where checkpoints, older and newer, keep the size of a squared frame, the first one that is there.
_SIZES = (
    ("video_preprocessor_config.json", ()),
    ("processor_config.json", ("video_processor",)),
    ("preprocessor_config.json", ()),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame as a tower reads it: `side` by `side` pixels, which become `tokens` tokens."""

    side: int
    tokens: int


def picture_side(folder: Path) -> int | None:
    """Return how many pixels a frame of a checkpoint is wide and high; None: it does not say."""
    for name, path in _SIZES:
        found: Any = _settings(folder / name)
        for key in (*path, "max_image_size", "longest_edge"):
            found = found.get(key) if isinstance(found, dict) else None
        if isinstance(found, int):
            return found
    vision = _settings(folder / "config.json").get("vision_config")
    side = vision.get("image_size") if isinstance(vision, dict) else None
    return side if isinstance(side, int) else None


def picture_of(folder: Path, config: Any) -> Picture:
    """Return what a checkpoint, whose settings are `config`, makes of a frame."""
    side = picture_side(folder) or int(config.vision_config.image_size)
    patches = side // config.vision_config.patch_size
    return Picture(side, (patches // config.scale_factor) ** 2)


def load_prompts(folder: Path, processor: Path | None = None) -> Prompts:
    """Load a checkpoint's tokenizer and what its prompts are made of.

    `processor` is the folder of tokenizer and template where that is another, as of an adapter.

    Raises:
        OSError, ValueError, KeyError: its files are damaged.
    """
    from transformers import AutoConfig, AutoTokenizer

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    own = processor or folder
    tokenizer = AutoTokenizer.from_pretrained(own, local_files_only=True)
    return Prompts(tokenizer, picture_of(own, config), _template(own))


class Prompts:
    """Makes ids of questions about clips, and of requests without pictures.

    `template` is the chat template of requests, where it is not the tokenizer's own. About clips
    transformers asks every SmolVLM2 in the same words, whatever its template.
    """

    def __init__(self, tokenizer: Any, picture: Picture, template: str | None = None) -> None:
        self.tokenizer = tokenizer
        self.picture = picture
        self._template = template or tokenizer.chat_template
        self._image: str = getattr(tokenizer, "image_token", "<image>")
        around: str = getattr(tokenizer, "fake_image_token", "<fake_token_around_image>")
        whole: str = getattr(tokenizer, "global_image_token", "<global-img>")
        self._shown = around + whole + self._image * picture.tokens + around
        self._ids = lru_cache(maxsize=8192)(self._tokenized)
        self._by_parts = lru_cache(maxsize=256)(self._parts_suffice)

    def about(self, window: Window, times_ms: Sequence[int], question: str) -> list[int]:
        """Return the ids of a question about the frames seen at `times_ms` of a window.

        Times count from the window's start; a frame from before it counts as its first.
        """
        parts = self._parts(window.length_ms, [t - window.start_ms for t in times_ms], question)
        if not self._by_parts(len(times_ms), question):
            return self._read("".join(parts))
        return [token for part in parts for token in self._ids(part)]

    def about_pictures(self, captions: Sequence[str], question: str) -> list[int]:
        """Return the ids of a question about several pictures, each after its caption, if any."""
        asked = "".join(f"\n{text}:{self._shown}" if text else self._shown for text in captions)
        # As the published template has it: no space before a picture.
        before = _BEFORE.rstrip() if asked.startswith(self._shown) else _BEFORE
        return self._read(before + asked + question.replace(self._image, "") + _AFTER)

    def request(self, text: str) -> list[int]:
        """Return the ids of a request that is text alone."""
        written: str = self.tokenizer.apply_chat_template(
            [{"role": "user", "content": [{"type": "text", "text": text}]}],
            chat_template=self._template or _PLAIN,
            add_generation_prompt=True,
            tokenize=False,
        )
        return self._read(written)

    def padded(self, rows: Sequence[Sequence[int]]) -> tuple[list[list[int]], list[list[int]]]:
        """Return prompts filled up on the left to one length, and 0 where they were, else 1."""
        longest = max(len(row) for row in rows)
        padding = self.tokenizer.pad_token_id
        ids = [[padding] * (longest - len(row)) + list(row) for row in rows]
        return ids, [[0] * (longest - len(row)) + [1] * len(row) for row in rows]

    def _parts(self, length_ms: int, offsets_ms: Sequence[int], question: str) -> list[str]:
        """Return a prompt cut before and after each picture, where a tokenizer cuts it too."""
        length = timedelta(seconds=length_ms // 1000)
        parts = [_BEFORE + _INTRO.format(count=_in_words(len(offsets_ms)), length=length)]
        for offset_ms in offsets_ms:
            minutes, seconds = divmod(max(0, offset_ms) // 1000, 60)
            parts[-1] += _STAMP.format(minutes=minutes, seconds=seconds)
            parts += [self._shown, ""]
        # A picture's token in a question would stand for a picture that is not there.
        parts[-1] = _OUTRO + question.replace(self._image, "") + _AFTER
        return parts

    def _parts_suffice(self, frames: int, question: str) -> bool:
        """Whether a prompt of so many frames is its parts' ids one after the other.

        So it is with SmolVLM2's own tokenizer. One that joins what it reads across special
        tokens, or begins each text with something, is given the whole text.
        """
        parts = self._parts(3_723_000, [61_000 * i for i in range(frames)], question)
        return self._read("".join(parts)) == [token for part in parts for token in self._ids(part)]

    def _read(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer(text)["input_ids"]
        return ids

    def _tokenized(self, part: str) -> tuple[int, ...]:
        return tuple(self.tokenizer(part, add_special_tokens=False)["input_ids"])


# What SmolVLM2 was trained on, for a checkpoint that has no template of its own.
_PLAIN = (
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}: "
    "{% for line in message['content'] %}{{ line['text'] }}{% endfor %}<end_of_utterance>\n"
    "{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)


@lru_cache(maxsize=128)
def _in_words(count: int) -> str:
    from num2words import num2words

    return str(num2words(count))


def _settings(path: Path) -> dict[str, Any]:
    """Return what a file of settings says; nothing where there is none that can be read."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, JSONDecodeError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _template(folder: Path) -> str | None:
    """Return the chat template that is kept for the processor, in an older or newer file."""
    if (file := folder / "chat_template.jinja").is_file():
        return file.read_text("utf-8")
    found = _settings(folder / "chat_template.json").get("chat_template")
    return found if isinstance(found, str) else None
