"""What a chat server is sent and what it answers: frames with their times, then the question."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from datetime import timedelta
from math import exp
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.media.clip import Clip
from indexer.media.jpeg import full_jpeg

Part = dict[str, Any]
# What a model thinks before it answers, and what marks a turn's end: no part of the answer.
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_MARK = re.compile(r"<\|[\w-]{1,40}\|>|<end_of_utterance>|</s>")
# So many of the likeliest tokens are asked for when it is yes or no; what servers allow.
LIKELIEST = 5
# How likely yes is where the words are neither yes nor no: not enough to confirm anything.
NEITHER = 0.49


class Captioned(Protocol):
    """A picture, uint8 RGB, shape (height, width, 3), and what it is called."""

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The picture."""
        ...

    @property
    def caption(self) -> str:
        """What it is called; may be empty."""
        ...


def clip_parts(clip: Clip, question: str) -> list[Part]:
    """Return a question about a clip: what SmolVLM2's own processor writes of a video, in parts.

    Each frame comes after its time, counted from the window's start. Servers that put pictures
    first still have the times in the text, in order. Never a video part: servers drop those in
    silence.
    """
    parts = [_text(_opening(clip))]
    for time_ms, frame in zip(clip.times_ms, clip.frames, strict=True):
        parts += [_text(_stamp(max(0, time_ms - clip.window.start_ms))), _picture(frame)]
    return [*parts, _text(f"\n\n{question}")]


def pictures_parts(pictures: Sequence[Captioned], question: str) -> list[Part]:
    """Return a question about pictures, each after its caption."""
    parts: list[Part] = []
    for picture in pictures:
        parts += [_text(f"{picture.caption}: "), _picture(picture.pixels)]
    return [*parts, _text(f"\n{question}" if pictures else question)]


def without_pictures(parts: Sequence[Part]) -> list[Part]:
    """Return the texts of a message alone."""
    return [part for part in parts if part["type"] == "text"]


def _opening(clip: Clip) -> str:
    from num2words import num2words

    length = timedelta(seconds=clip.window.length_ms // 1000)
    count = num2words(len(clip.times_ms))
    return (
        f"You are provided the following series of {count} frames from a {length} [H:MM:SS]"
        " video.\n"
    )


def _stamp(ms: int) -> str:
    minutes, seconds = divmod(ms // 1000, 60)
    return f"\nFrame from {minutes:02d}:{seconds:02d}:"


def _text(text: str) -> Part:
    return {"type": "text", "text": text}


def _picture(frame: NDArray[np.uint8]) -> Part:
    data = b64encode(full_jpeg(frame)).decode("ascii")
    return {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{data}"}}


def answer_of(reply: Any) -> str | None:
    """Return what a reply says, in one line as our own models' answers are; None: it is no reply.

    What a model thought, and marks that a server left in, are no part of it.
    """
    message = _first(_first_choice(reply), "message")
    if not isinstance(message, dict):
        return None
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(str(_first(part, "text") or "") for part in content)
    if content is None:
        content = ""
    if not isinstance(content, str):
        return None
    # JSON can say what no UTF-8 can.
    content = content.encode("utf-8", "replace").decode("utf-8")
    return " ".join(_MARK.sub(" ", _THOUGHT.sub(" ", content)).split())


def prompt_tokens(reply: Any) -> int | None:
    """Return how many tokens a request had, if the reply says so."""
    tokens = _first(_first(reply, "usage"), "prompt_tokens")
    return tokens if type(tokens) is int and tokens > 0 else None


def likelihood(reply: Any) -> float | None:
    """Return how likely yes is where it is yes or no, 0 to 1; None where a reply does not tell.

    Of one that is not among the likeliest tokens, no more is known than that it is less likely
    than those.
    """
    likeliest = _likeliest(reply)
    if not likeliest:
        return None
    yes = sum(exp(chance) for token, chance in likeliest if _is(token, "yes"))
    no = sum(exp(chance) for token, chance in likeliest if _is(token, "no"))
    if not yes + no:
        return None
    least = exp(min(chance for _, chance in likeliest))
    yes, no = yes or min(least, no), no or min(least, yes)
    return yes / (yes + no)


def likelihood_by_words(answer: str) -> float:
    """Return 1 for an answer that begins with yes, 0 for one with no, else `NEITHER`."""
    first = re.match(r"\W*(yes|no)\b", answer, re.IGNORECASE)
    return NEITHER if first is None else float(first[1].lower() == "yes")


def _likeliest(reply: Any) -> list[tuple[str, float]]:
    """Return the likeliest first tokens of an answer with the logarithms of their chances."""
    content = _first(_first(_first_choice(reply), "logprobs"), "content")
    first = content[0] if isinstance(content, list) and content else None
    top = _first(first, "top_logprobs")
    found = []
    for each in top if isinstance(top, list) else []:
        token, chance = _first(each, "token"), _first(each, "logprob")
        if isinstance(token, str) and isinstance(chance, int | float) and chance <= 0:
            found.append((token, float(chance)))
    return found


def _is(token: str, word: str) -> bool:
    return token.strip(" \u2581\u0120").lower() == word


def _first_choice(reply: Any) -> Any:
    choices = _first(reply, "choices")
    return choices[0] if isinstance(choices, list) and choices else None


def _first(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, dict) else None
