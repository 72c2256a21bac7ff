"""Measures speech to text and its search, on speech whose words and times are known.

    python -m benchmarks.speech                          # tiny.en and base, all but the captions
    python -m benchmarks.speech --captions ../shared/captions --only mixed

Speech is drawn with espeak-ng (where that is installed) and recorded (LibriSpeech, in `recorded`).
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.speech.confidence import report as report_sure
from benchmarks.speech.languages import report as report_languages
from benchmarks.speech.mixed import report as report_mixed
from benchmarks.speech.retrieval import report as report_found
from benchmarks.speech.soundtracks import Scene, drawn, no_speech, recorded
from indexer.speech.transcribing.sentences import Sentence, sentences
from indexer.speech.transcribing.sound import RATE
from indexer.speech.transcribing.transcriber import SpeechOptions, Transcriber, transcriber_kind

_PARTS = ["written", "invented", "languages", "found", "mixed", "sure"]


def loaded(model: str, cache: Path) -> Transcriber:
    """Load a model as `index --speech` does."""
    options = SpeechOptions(model, "en" if model.endswith(".en") else "", True, cache)
    kind = transcriber_kind(model)
    return kind.load(options, kind.locate(options, lambda line: None))


def written(transcriber: Transcriber, scene: Scene) -> tuple[list[Sentence], float]:
    """Return the sentences of a scene and the seconds they took."""
    began = perf_counter()
    voices = transcriber.voices(scene.samples)
    found = sentences(transcriber.passages(scene.samples, voices), voices)
    return found, perf_counter() - began


def words(text: str) -> list[str]:
    """Return the words of a text, as they are compared."""
    spelt = text.casefold().replace("’", "'")
    for figure, word in (
        ("11%", "eleven percent"),
        ("platform 9", "platform nine"),
        ("%", " percent"),
    ):
        spelt = spelt.replace(figure, word)
    return re.findall(r"[\w']+", spelt)


def edits(meant: list[str], heard: list[str]) -> int:
    """Return how many words are to be changed, put in or left out."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(meant, 1):
        last, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (word != other))
    return row[-1]


def start_errors(scene: Scene, found: list[Sentence]) -> list[int]:
    """Return by how many ms each sentence is begun too early or late; the nearest one is meant."""
    return [
        min((abs(said.start_ms - start_ms) for said in found), default=scene.length_ms)
        for start_ms, _ in scene.said
    ]


def measure(model: str, cache: Path, scenes: list[Scene]) -> None:
    """Print a row for each scene."""
    transcriber = loaded(model, cache)
    written(transcriber, Scene("", np.zeros(RATE, np.float32), ()))  # the first one warms up
    for scene in scenes:
        found, took_s = written(transcriber, scene)
        meant = [word for _, said in scene.said for word in words(said.text)]
        heard = [word for said in found for word in words(said.text)]
        errors = start_errors(scene, found)
        print(
            f"| {model} | {scene.name}, {scene.length_ms / 1000:.0f} s"
            f" | {100 * edits(meant, heard) / len(meant):.1f} %"
            f" | {np.median(errors):.0f} ms | {max(errors)} ms"
            f" | {scene.length_ms / 1000 / took_s:.1f} |",
            flush=True,
        )


def invented(model: str, cache: Path) -> None:
    """Print how many words are made up where nobody speaks."""
    transcriber = loaded(model, cache)
    total, kinds = 0, no_speech()
    began, length_s = perf_counter(), 0.0
    for scene in kinds:
        found, _ = written(transcriber, scene)
        length_s += scene.length_ms / 1000
        made_up = [said.text for said in found]
        total += sum(len(words(text)) for text in made_up)
        if made_up:
            print(f"{model}, {scene.name}: {made_up}")
    speed = length_s / (perf_counter() - began)
    print(
        f"{model}: {total} words made up in {len(kinds)} kinds of no speech, {length_s:.0f} s;"
        f" {speed:.0f} times real time.",
        flush=True,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="append", default=[], help="[tiny.en and base]")
    parser.add_argument("--only", choices=_PARTS)
    parser.add_argument("--captions", type=Path, help="folder with both annotators' files")
    parser.add_argument("--videos", type=int, default=300, help="of the captions")
    arguments = parser.parse_args()
    models = arguments.model or ["tiny.en", "base"]
    scenes = [recorded()]
    if shutil.which("espeak-ng"):
        scenes.append(drawn())
    else:
        print("espeak-ng is not installed: only recorded speech is measured.")
    cache = Path(tempfile.gettempdir()) / "scenelist-speech"
    if arguments.only in {None, "written"}:
        print("| model | speech | word errors | start, median | start, worst | times real time |")
        print("|---|---|---|---|---|---|")
        for model in models:
            measure(model, cache, scenes)
    if arguments.only in {None, "invented"}:
        for model in models:
            invented(model, cache)
    if arguments.only in {None, "languages"}:
        for model in (each for each in models if not each.endswith(".en")):
            report_languages(model, loaded(model, cache))
    if arguments.only in {None, "found"}:
        for model in models:
            report_found(
                model, [(scene, written(loaded(model, cache), scene)[0]) for scene in scenes]
            )
    if arguments.captions and arguments.only in {None, "mixed"}:
        report_mixed(arguments.captions, arguments.videos)
    if arguments.captions and arguments.only in {None, "sure"}:
        report_sure(arguments.captions, arguments.videos, 2 * arguments.videos)


if __name__ == "__main__":
    main()
