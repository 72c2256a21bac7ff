"""A transcriber that needs no model: it names the pitch of tones; for tests and for dry trials."""

from __future__ import annotations

import numpy as np

from indexer.speech.transcribing.sound import RATE, Samples
from indexer.speech.transcribing.transcriber import (
    Announce,
    Passage,
    SpeechModel,
    SpeechOptions,
    Transcriber,
    Voice,
    Word,
)

_STEP = RATE // 10
_LOUD = 0.02


class FakeTranscriber:
    """Takes what is loud for a voice, and says its pitch: the same words for the same sound."""

    def voices(self, samples: Samples) -> list[Voice]:
        """Return the stretches that are loud, to a tenth of a second."""
        found: list[Voice] = []
        for at in range(0, len(samples), _STEP):
            if float(np.abs(samples[at : at + _STEP]).mean()) < _LOUD:
                continue
            start_ms, end_ms = at * 1000 // RATE, (at + _STEP) * 1000 // RATE
            if found and found[-1].end_ms == start_ms:
                start_ms = found.pop().start_ms
            found.append(Voice(start_ms, end_ms))
        return found

    def passages(self, samples: Samples, voices: list[Voice]) -> list[Passage]:
        """Return `A tone of N hertz.` for each voice."""
        return [self._passage(samples, voice) for voice in voices]

    def _passage(self, samples: Samples, voice: Voice) -> Passage:
        heard = samples[voice.start_ms * RATE // 1000 : voice.end_ms * RATE // 1000]
        spectrum = np.abs(np.fft.rfft(heard))
        pitch = round(float(np.argmax(spectrum)) * RATE / max(1, len(heard)), -1)
        words = ("A", " tone", " of", f" {pitch:.0f}", " hertz.")
        each_ms = (voice.end_ms - voice.start_ms) // len(words)
        return Passage(
            tuple(
                Word(voice.start_ms + i * each_ms, voice.start_ms + (i + 1) * each_ms, word)
                for i, word in enumerate(words)
            ),
            "en",
        )


def locate(options: SpeechOptions, announce: Announce) -> SpeechModel:
    """Return the one fake model there is."""
    return SpeechModel(options.model, "1")


def load(options: SpeechOptions, model: SpeechModel) -> Transcriber:
    """Return a fake transcriber."""
    return FakeTranscriber()
