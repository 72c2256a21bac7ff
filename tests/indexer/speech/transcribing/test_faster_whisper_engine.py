"""Which language a stretch is written down in, with a model that says what it is told to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from indexer.speech.transcribing.faster_whisper_engine import (
    Attempt,
    WhisperTranscriber,
    likeliest,
    worth_trying,
)
from indexer.speech.transcribing.sound import RATE, Samples
from indexer.speech.transcribing.transcriber import Voice


def test_a_language_that_is_sure_is_not_compared_with_others() -> None:
    assert worth_trying([("nl", 0.2), ("de", 0.75), ("en", 0.05)]) == (("de", 1.0),)
    unsure = [("nl", 0.1), ("la", 0.04), ("en", 0.55), ("de", 0.21), ("af", 0.09)]
    assert worth_trying(unsure) == (("en", 0.55), ("de", 0.21), ("nl", 0.1))
    assert worth_trying([("en", 0.74), ("de", 0.05), ("nl", 0.049)]) == (("en", 0.74), ("de", 0.05))
    assert worth_trying([("en", 0.04), ("de", 0.03)]) == (("en", 1.0),)


def test_the_likeliest_is_likely_as_a_whole() -> None:
    # As measured on a German sentence: English sounds likelier, and makes less of it.
    english, german = Attempt((), -17.2), Attempt((), -13.3)
    assert likeliest([english, german]) is german
    assert likeliest([german, english]) is german
    looping = Attempt((), -3.0, circles=True)
    assert likeliest([looping, english]) is english
    assert likeliest([looping, Attempt((), -4.0, circles=True)]) is looping


@dataclass
class Word:
    start: float
    end: float
    word: str


@dataclass
class Segment:
    """What Whisper says of a stretch in a language."""

    words: list[Word]
    avg_logprob: float
    tokens: list[int]
    compression_ratio: float = 1.5
    no_speech_prob: float = 0.0


@dataclass
class Whisper:
    """Hears in each stretch, by the second it begins at, what is written here for a language."""

    guesses: dict[int, list[tuple[str, float]]]
    says: dict[tuple[int, str], tuple[float, int, float]] = field(default_factory=dict)
    asked: list[tuple[str, list[float]]] = field(default_factory=list)
    heard: list[Samples] = field(default_factory=list)

    def detect_language(self, audio: Samples) -> tuple[str, float, list[tuple[str, float]]]:
        self.heard.append(audio)
        return "", 0.0, self.guesses[round(float(audio[0]) * 100)]

    def transcribe(
        self, samples: Samples, language: str, clip_timestamps: Sequence[dict[str, float]], **_: Any
    ) -> tuple[Iterator[Segment], None]:
        starts = [each["start"] for each in clip_timestamps]
        self.asked.append((language, starts))
        found = []
        for start in starts:
            average, tokens, ratio = self.says.get((round(start), language), (-0.2, 9, 1.5))
            words = [Word(start, start + 1, f" {language} at {start:g}")]
            found.append(Segment(words, average, list(range(tokens)), ratio))
        return iter(found), None


def transcriber(whisper: Whisper, language: str = "") -> WhisperTranscriber:
    made = object.__new__(WhisperTranscriber)
    made._model = made._batched = whisper
    made._language = language
    return made


def sound(seconds: int) -> Samples:
    """Return sound whose samples say in which second they are, in hundredths."""
    return (np.arange(seconds * RATE) // RATE / 100).astype(np.float32)


def spoken_in(whisper: Whisper, voices: Sequence[Voice], language: str = "") -> list[str]:
    found = transcriber(whisper, language).passages(sound(100), voices)
    return [f"{each.words[0].text.strip()} ({each.language})" for each in found]


VOICES = (Voice(1_200, 4_000), Voice(20_200, 25_000), Voice(40_200, 45_000))


def test_stretches_that_are_surely_in_one_language_are_written_down_together() -> None:
    sure = {1: [("de", 0.9), ("en", 0.1)], 20: [("de", 0.8)], 40: [("en", 0.99)]}
    whisper = Whisper(sure)
    assert spoken_in(whisper, VOICES) == ["de at 1 (de)", "de at 20 (de)", "en at 40 (en)"]
    assert whisper.asked == [("de", [1.0, 20.0]), ("en", [40.0])]


def test_where_it_is_unsure_each_is_tried_and_the_likeliest_whole_is_kept() -> None:
    unsure = {
        1: [("de", 0.9)],
        20: [("en", 0.54), ("de", 0.21), ("nn", 0.09), ("nl", 0.08)],
        40: [("en", 0.6), ("de", 0.3)],
    }
    said = {
        (20, "en"): (-0.755, 21, 1.5),
        (20, "de"): (-0.587, 19, 1.5),
        (20, "nn"): (-0.6, 30, 1.5),
        (40, "en"): (-0.5, 10, 1.5),
        (40, "de"): (-0.01, 90, 9.0),
    }
    whisper = Whisper(unsure, said)
    assert spoken_in(whisper, VOICES) == ["de at 1 (de)", "de at 20 (de)", "en at 40 (en)"]
    assert [language for language, starts in whisper.asked if starts == [20.0]] == [
        "en",
        "de",
        "nn",
    ]


def test_an_attempts_log_probability_is_that_of_language_and_tokens() -> None:
    whisper = Whisper({}, {(1, "de"): (-0.5, 9, 2.5)})
    made = transcriber(whisper)._written(sound(10), [Voice(1_000, 4_000)], "de", 0.5)
    assert made.log_probability == pytest.approx(-5.0 - 0.6931, abs=1e-3)
    assert made.circles
    whisper.says[1, "de"] = (-0.5, 9, 2.4)
    again = transcriber(whisper)._written(sound(10), [Voice(1_000, 4_000)], "de", 1.0)
    assert again.log_probability == pytest.approx(-5.0)
    assert not again.circles


def test_a_language_that_is_told_is_not_found_out() -> None:
    whisper = Whisper({})
    assert spoken_in(whisper, VOICES, "fr") == ["fr at 1 (fr)", "fr at 20 (fr)", "fr at 40 (fr)"]
    assert whisper.heard == []


def test_a_stretch_is_heard_in_half_a_minute_of_silence() -> None:
    whisper = Whisper({1: [("de", 0.9)]})
    spoken_in(whisper, VOICES[:1])
    (heard,) = whisper.heard
    assert heard.shape == (30 * RATE,)
    assert heard.dtype == np.float32
    # 1.0 to 4.2 s: the voice, and a little around it.
    assert heard[: round(3.2 * RATE)].min() > 0
    assert not heard[round(3.2 * RATE) :].any()
