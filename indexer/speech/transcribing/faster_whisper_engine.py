"""Writes speech down with Whisper, run by CTranslate2 through faster-whisper."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log
from typing import Any

import numpy as np

from indexer.errors import ModelError
from indexer.installation import advice
from indexer.speech.transcribing.sound import RATE, Samples
from indexer.speech.transcribing.transcriber import (
    Announce,
    Passage,
    SpeechModel,
    SpeechOptions,
    Transcriber,
    Voice,
    Word,
    installed,
)
from indexer.speech.transcribing.whisper_models import find

LANGUAGES = frozenset(
    re.findall(
        r"\w+",
        """
        af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr
        gl gu ha haw he hi hr ht hu hy id is it ja jw ka kk km kn ko la lb ln lo lt lv
        mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd si sk sl sn
        so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo yue zh
        """,
    )
)
# Whisper hears half a minute at a time.
_HEARD_MS = 30_000
# A pause this long ends a stretch, whose language is found out for itself: but a stretch costs as
# much as half a minute, however short it is.
_NEW_STRETCH_MS = 5_000
# Voices shorter than this are clicks; those this near are one; and so much before and after them
# belongs to them.
_SHORTEST_MS, _NEAR_MS, _PAD_MS = 120, 160, 60
# Whisper hears so much more on both sides: fewer words are misheard, but they start too early.
_AROUND_MS = 200
_AT_ONCE = 8
# Less likely than that to be speech, and unlikely words: there is none (one alone says little).
_NO_SPEECH, _UNLIKELY = 0.6, -1.0
# A language less likely than this is not taken at its word: a stretch is then written down in each
# of the likeliest, so many and no less likely than that.
_SURE, _COMPARED, _WORTH_A_TRY = 0.75, 3, 0.05
# Text that can be pressed together further than this goes round in circles.
_CIRCLES = 2.4

# Languages that a stretch may be in, with how likely each is.
Guesses = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a stretch says if it is in some language, and how likely it is that and says that.

    `log_probability` is that of the language and all tokens together; `circles` whether the words
    go round in circles, which a model finds likely whatever it hears.
    """

    passages: tuple[Passage, ...]
    log_probability: float
    circles: bool = False


class WhisperTranscriber:
    """A Whisper model and the voice detector that faster-whisper brings."""

    def __init__(self, model: Any, language: str) -> None:
        from faster_whisper import BatchedInferencePipeline

        self._model = model
        self._batched = BatchedInferencePipeline(model)
        self._language = language

    def voices(self, samples: Samples) -> list[Voice]:
        """Return where Silero's detector hears a voice; none is longer than half a minute."""
        from faster_whisper.vad import VadOptions, get_speech_timestamps

        options = VadOptions(
            min_speech_duration_ms=_SHORTEST_MS,
            max_speech_duration_s=(_HEARD_MS - 2 * _AROUND_MS - 2 * _PAD_MS) / 1000,
            min_silence_duration_ms=_NEAR_MS,
            speech_pad_ms=_PAD_MS,
        )
        found = get_speech_timestamps(samples, options)
        return [Voice(v["start"] * 1000 // RATE, v["end"] * 1000 // RATE) for v in found]

    def passages(self, samples: Samples, voices: Sequence[Voice]) -> list[Passage]:
        """Return what the voices say: half a minute or less at a time, each in its language."""
        end_ms = len(samples) * 1000 // RATE
        heard = with_surroundings(stretches(voices), end_ms)
        spoken = [(self._guesses(samples, each), each) for each in heard]
        found: list[Passage] = []
        for guesses, group in groupby(spoken, key=lambda each: each[0]):
            alike = [heard for _, heard in group]
            if len(guesses) == 1:
                found += self._written(samples, alike, *guesses[0]).passages
                continue
            for each in alike:
                tried = [self._written(samples, [each], *guess) for guess in guesses]
                found += likeliest(tried).passages
        return sorted(found, key=lambda passage: passage.words[0].start_ms)

    def _guesses(self, samples: Samples, heard: Voice) -> Guesses:
        """Return which languages a stretch may be in; one where that is sure."""
        if self._language:
            return ((self._language, 1.0),)
        _, _, found = self._model.detect_language(audio=_alone(samples, heard))
        return worth_trying(found)

    def _written(
        self, samples: Samples, heard: list[Voice], language: str, probability: float
    ) -> Attempt:
        """Return what stretches say in a language that is likely to be theirs by so much."""
        segments, _ = self._batched.transcribe(
            samples,
            language=language,
            clip_timestamps=[
                {"start": each.start_ms / 1000, "end": each.end_ms / 1000} for each in heard
            ],
            word_timestamps=True,
            beam_size=1,
            batch_size=_AT_ONCE,
            without_timestamps=True,
        )
        passages: list[Passage] = []
        said, circles = log(max(probability, 1e-9)), False
        for segment in segments:
            # Its average is that of its tokens and the one that ends it.
            said += segment.avg_logprob * (len(segment.tokens) + 1)
            circles |= segment.compression_ratio > _CIRCLES
            words = tuple(
                Word(round(1000 * word.start), round(1000 * word.end), word.word)
                for word in segment.words or ()
            )
            if words:
                doubtful = segment.no_speech_prob > _NO_SPEECH and segment.avg_logprob < _UNLIKELY
                passages.append(Passage(words, language, doubtful))
        return Attempt(tuple(passages), said, circles)


def worth_trying(found: Iterable[tuple[str, float]]) -> Guesses:
    """Return the languages that a stretch may be in, of all with their probabilities.

    A single one, at 1, where that is sure, so that stretches in it can be written down together.
    """
    best = sorted(found, key=lambda each: -each[1])[:_COMPARED]
    if best[0][1] >= _SURE:
        return ((best[0][0], 1.0),)
    return tuple(each for each in best if each[1] >= _WORTH_A_TRY) or ((best[0][0], 1.0),)


def likeliest(attempts: Sequence[Attempt]) -> Attempt:
    """Return the attempt that is likeliest as a whole: its language and its words together.

    A language that sounds likelier loses where it makes nothing of the sound; one whose words go
    round in circles loses to any that do not.
    """
    return max(attempts, key=lambda each: (not each.circles, each.log_probability))


def stretches(voices: Sequence[Voice]) -> list[Voice]:
    """Join voices to stretches of at most half a minute, without long pauses in them."""
    joined: list[Voice] = []
    for voice in voices:
        last = joined[-1] if joined else None
        if (
            last is not None
            and voice.start_ms - last.end_ms < _NEW_STRETCH_MS
            and voice.end_ms - last.start_ms <= _HEARD_MS - 2 * _AROUND_MS
        ):
            joined[-1] = Voice(last.start_ms, voice.end_ms)
        else:
            joined.append(voice)
    return joined


def with_surroundings(heard: Sequence[Voice], end_ms: int) -> list[Voice]:
    """Return stretches with a little around each, none of which reaches into another's."""
    edges = [-1_000_000, *(edge for each in heard for edge in (each.start_ms, each.end_ms)), end_ms]
    wider = []
    for number, each in enumerate(heard):
        before = (each.start_ms - edges[2 * number]) // 2
        after = (edges[2 * number + 3] - each.end_ms) // (1 if each is heard[-1] else 2)
        start_ms = max(0, each.start_ms - max(0, min(_AROUND_MS, before)))
        wider.append(Voice(start_ms, each.end_ms + max(0, min(_AROUND_MS, after))))
    return wider


def _alone(samples: Samples, heard: Voice) -> Samples:
    """Return a stretch in half a minute of silence, as the model was taught to hear languages.

    What is shorter would be filled up with numbers that stand for a noise.
    """
    part = samples[heard.start_ms * RATE // 1000 : heard.end_ms * RATE // 1000]
    silence = _HEARD_MS * RATE // 1000 - len(part)
    return np.pad(part, (0, max(0, silence)))


def locate(options: SpeechOptions, announce: Announce) -> SpeechModel:
    """Find the model; see `whisper_models.find`.

    Raises:
        ModelError: faster-whisper is not installed, or the model cannot be had.
    """
    if not installed():
        raise ModelError(
            f"To write speech down faster-whisper is needed: {advice('speech')}, or give"
            " --speech off."
        )
    if options.language and options.language not in LANGUAGES:
        raise ModelError(
            f"Whisper knows no language {options.language!r}: give --language a code such as en,"
            " de or ja."
        )
    return find(options, lambda: _gpus() > 0, announce)


def load(options: SpeechOptions, model: SpeechModel) -> Transcriber:
    """Load a model: on a GPU where CTranslate2 finds one, else with int8 weights on the CPU.

    Raises:
        ModelError: its files are damaged.
    """
    ways = [("cuda", "float16"), ("cpu", "int8")] if _gpus() > 0 else [("cpu", "int8")]
    for device, numbers in ways:
        try:
            return WhisperTranscriber(_model(model, device, numbers), options.language)
        except (OSError, RuntimeError, ValueError) as error:
            if device != "cpu":
                continue  # a GPU without the libraries that CTranslate2 wants
            reason = str(error).strip().splitlines()[0] if str(error).strip() else "no reason given"
            raise ModelError(
                f"The speech model in {model.folder} cannot be loaded ({reason}): download it again"
                " or choose another."
            ) from error
    raise AssertionError("the CPU is always tried")


def _model(model: SpeechModel, device: str, numbers: str) -> Any:
    from faster_whisper import WhisperModel

    return WhisperModel(
        str(model.folder),
        device=device,
        compute_type=numbers,
        cpu_threads=min(os.cpu_count() or 1, 8),
        local_files_only=True,
    )


def _gpus() -> int:
    import ctranslate2

    return int(ctranslate2.get_cuda_device_count())
