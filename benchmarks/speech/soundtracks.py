"""Sound whose words and times are known: drawn with espeak-ng, recorded, and without any speech."""

from __future__ import annotations

import io
import subprocess
import wave
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler

from benchmarks.speech.spoken_texts import DRAWN, RECORDED, Said
from indexer.speech.transcribing.sound import RATE, Samples

FOLDER = Path(__file__).parent / "recorded"
_PAUSES_S = (1.5, 3.0, 0.9, 6.0, 2.0, 1.2, 12.0)
_LOUD = 0.02
NO_SPEECH_S = 45


@dataclass(frozen=True, slots=True)
class Scene:
    """Samples of 16 kHz, and when (ms) what is said in them."""

    name: str
    samples: Samples
    said: tuple[tuple[int, Said], ...]

    @property
    def length_ms(self) -> int:
        """How long it is."""
        return len(self.samples) * 1000 // RATE


def drawn() -> Scene:
    """Return a scene that espeak-ng speaks."""
    return _scene("espeak-ng", [(spoken(said.text), said) for said in DRAWN])


def recorded() -> Scene:
    """Return a scene of the utterances of LibriSpeech."""
    return _scene(
        "LibriSpeech",
        [(samples_of(FOLDER / f"237-134500-{n:04d}.ogg"), said) for n, said in RECORDED.items()],
    )


def _scene(name: str, spoken: list[tuple[Samples, Said]]) -> Scene:
    """Put speech at known times, pauses of different length between, on faint noise."""
    parts: list[Samples] = []
    said: list[tuple[int, Said]] = []
    at = 0
    for number, (samples, meant) in enumerate(spoken):
        pause = np.zeros(round(_PAUSES_S[number % len(_PAUSES_S)] * RATE), np.float32)
        loud = np.flatnonzero(np.abs(samples) > _LOUD)
        voice = samples[loud[0] : loud[-1]]
        parts += [pause, voice]
        said.append(((at + len(pause)) * 1000 // RATE, meant))
        at += len(pause) + len(voice)
    parts.append(np.zeros(2 * RATE, np.float32))
    joined = np.concatenate(parts)
    joined += np.random.default_rng(0).normal(0, 0.001, len(joined)).astype(np.float32)
    return Scene(name, joined, tuple(said))


def spoken(text: str, voice: str = "en-us", words_a_minute: int = 150) -> Samples:
    """Return a text as espeak-ng speaks it."""
    command = ["espeak-ng", "-v", voice, "-s", str(words_a_minute), "--stdout", text]
    data = subprocess.run(command, check=True, capture_output=True).stdout
    with wave.open(io.BytesIO(data)) as file:
        raw = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        rate = file.getframerate()
    frame = av.AudioFrame.from_ndarray(raw.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = rate
    return _resampled([frame])


def samples_of(path: Path) -> Samples:
    """Return a sound file as samples."""
    with av.open(str(path)) as container:
        return _resampled(container.decode(audio=0))


def _resampled(frames: object) -> Samples:
    resampler = AudioResampler(format="flt", layout="mono", rate=RATE)
    parts = [
        part.to_ndarray().reshape(-1)
        for frame in [*frames, None]  # type: ignore[misc]
        for part in resampler.resample(frame)
    ]
    return np.concatenate(parts).astype(np.float32)


def no_speech() -> list[Scene]:
    """Return ten kinds of sound in which nobody speaks."""
    random, count = np.random.default_rng(0), NO_SPEECH_S * RATE
    times = np.arange(count) / RATE
    white = random.normal(0, 0.1, count)
    brown = np.cumsum(random.normal(0, 0.01, count))
    brown = 0.3 * (brown - np.convolve(brown, np.ones(RATE) / RATE, "same"))
    kinds = {
        "digital silence": np.zeros(count),
        "faint noise": 0.01 * white,
        "noise": white,
        "rumble": np.clip(brown, -1, 1),
        "hum": 0.2 * np.sin(2 * np.pi * 50 * times) + 0.05 * np.sin(2 * np.pi * 150 * times),
        "chords": _chords(times),
        "a melody": _melody(times),
        "clatter": _clatter(random, count),
        "waves on a shore": white * (0.5 + 0.5 * np.sin(2 * np.pi * times / 7)),
        "an engine": _engine(random, times),
    }
    return [Scene(name, sound.astype(np.float32), ()) for name, sound in kinds.items()]


def _chords(times: np.ndarray) -> np.ndarray:
    roots = np.array([220.0, 174.6, 261.6, 196.0])[(times // 2).astype(int) % 4]
    phase = 2 * np.pi * np.cumsum(roots) / RATE
    fading = np.exp(-(times % 2))
    return 0.12 * fading * sum(np.sin(ratio * phase) for ratio in (1, 1.25, 1.5, 2))


def _melody(times: np.ndarray) -> np.ndarray:
    notes = np.array([262, 294, 330, 349, 392, 349, 330, 294])[(times * 3).astype(int) % 8]
    phase = 2 * np.pi * np.cumsum(notes) / RATE
    overtones = sum(np.sin(k * phase) / k for k in range(1, 8))
    return 0.15 * overtones * np.minimum(1, 8 * (times * 3 % 1)) * (1 - times * 3 % 1)


def _clatter(random: np.random.Generator, count: int) -> np.ndarray:
    sound = np.zeros(count)
    decay = np.exp(-np.arange(RATE // 5) / (RATE / 60))
    for at in random.integers(0, count - len(decay), 120):
        hertz = random.uniform(800, 5_000)
        ring = np.sin(2 * np.pi * hertz * np.arange(len(decay)) / RATE) + random.normal(
            0, 0.5, len(decay)
        )
        sound[at : at + len(decay)] += random.uniform(0.1, 0.5) * decay * ring
    return np.clip(sound, -1, 1)


def _engine(random: np.random.Generator, times: np.ndarray) -> np.ndarray:
    speed = 30 + 10 * np.sin(2 * np.pi * times / 11)
    phase = 2 * np.pi * np.cumsum(speed) / RATE
    return 0.1 * sum(np.sin(k * phase) / k for k in range(1, 20)) + random.normal(
        0, 0.02, len(times)
    )
