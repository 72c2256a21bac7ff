"""Whether a short sentence is written down in its own language, whatever was said before."""

from __future__ import annotations

import shutil

import numpy as np

from benchmarks.speech.soundtracks import FOLDER, samples_of, spoken
from indexer.speech.transcribing.faster_whisper_engine import stretches, with_surroundings
from indexer.speech.transcribing.sound import RATE, Samples
from indexer.speech.transcribing.transcriber import Transcriber

# Language, espeak-ng's voice, what it says.
_SAID = (
    ("de", "de", "Im Winter kommen die Fischer in das kleine Dorf und trinken heißen Tee."),
    (
        "de",
        "de",
        "Guten Morgen, heute fahren wir mit dem Zug nach Hamburg und besuchen meine Großmutter.",
    ),
    ("de", "de", "Der Hund läuft schnell über die grüne Wiese."),
    ("fr", "fr", "Bonjour, nous allons au marché pour acheter du pain et du fromage."),
    ("es", "es", "El perro corre por la playa mientras los niños juegan con la pelota."),
    ("it", "it", "La nonna prepara la pasta in cucina ogni domenica mattina."),
    ("nl", "nl", "De kinderen fietsen elke dag naar school door de regen."),
    ("pl", "pl", "Wczoraj poszliśmy do lasu zbierać grzyby."),
    ("en", "en-us", "The old house has stood on the island for a hundred years."),
    ("en", "en-gb", "We had to cut the budget because the roof was leaking."),
)
# Utterances in benchmarks/speech/recorded.
_RECORDED = (3, 7, 14)
_SLOWLY = 140


def report(name: str, transcriber: Transcriber) -> None:
    """Print how many sentences are written down in their language, and how many it sounds like."""
    sentences = [
        ("en", samples_of(FOLDER / f"237-134500-{number:04d}.ogg")) for number in _RECORDED
    ]
    if shutil.which("espeak-ng"):
        sentences += [(code, spoken(text, voice, _SLOWLY)) for code, voice, text in _SAID]
    written = likeliest = 0
    missed = []
    for code, samples in sentences:
        pause = np.zeros(RATE, np.float32)
        sound = np.concatenate([pause, samples, pause])
        voices = transcriber.voices(sound)
        found = {passage.language for passage in transcriber.passages(sound, voices)}
        written += found == {code}
        likeliest += _sounds_like(transcriber, sound) == {code}
        if found != {code}:
            missed.append(f"{code} as {', '.join(sorted(found)) or 'nothing'}")
    print(
        f"{name}: {written} of {len(sentences)} short sentences in their own language"
        f" ({'; '.join(missed) or 'none missed'}); taken at its word {likeliest}.",
        flush=True,
    )


def _sounds_like(transcriber: Transcriber, sound: Samples) -> set[str]:
    """Return the languages that are likeliest for the stretches as they are, not compared."""
    heard = with_surroundings(stretches(transcriber.voices(sound)), len(sound) * 1000 // RATE)
    model = transcriber._model  # type: ignore[attr-defined]
    parts = [sound[v.start_ms * RATE // 1000 : v.end_ms * RATE // 1000] for v in heard]
    return {model.detect_language(audio=part)[0] for part in parts}
