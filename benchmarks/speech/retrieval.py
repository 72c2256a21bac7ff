"""How what was written down is found: asked in another order of its words, and by keywords."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.speech.soundtracks import Scene
from indexer.speech.transcribing.sentences import Sentence
from search import Library
from search.exchange.sentences import Spoken
from search.query.options import SearchOptions

# A moment begins half a second before its words: that is where playback is to start.
_BREATH_MS = 500
_WITHIN_MS = 1_000


def report(model: str, heard: Sequence[tuple[Scene, list[Sentence]]]) -> None:
    """Print how many sentences are found first, and at their second."""
    with tempfile.TemporaryDirectory() as folder:
        library = Library.open(Path(folder) / "library", create=True, offline=True)
        library.take_in(_lines(heard, Path(folder)))
        for how in ("turned", "keywords"):
            asked = [
                (scene, start_ms, getattr(said, how))
                for scene, _ in heard
                for start_ms, said in scene.said
                if getattr(said, how)
            ]
            found = [_is_found(library, *question) for question in asked]
            missed = [text for hit, (_, _, text) in zip(found, asked, strict=True) if not hit]
            print(
                f"{model}, asked {_NAMES[how]}: {sum(found)} of {len(found)} first and within"
                f" {_WITHIN_MS / 1000:g} s; not: {missed}",
                flush=True,
            )


_NAMES = {"turned": "in another order", "keywords": "by keywords"}


def _lines(heard: Sequence[tuple[Scene, list[Sentence]]], folder: Path) -> Iterator[Spoken]:
    for scene, sentences in heard:
        for sentence in sentences:
            yield Spoken(folder / f"{scene.name}.mp4", scene.length_ms, sentence)


def _is_found(library: Library, scene: Scene, start_ms: int, question: str) -> bool:
    options = SearchOptions(min_confidence=0)
    moments = library.search(question.replace(",", " "), 1, options)
    return bool(
        moments
        and moments[0].video.path.stem == scene.name
        and abs(moments[0].start_ms + _BREATH_MS - start_ms) <= _WITHIN_MS
    )
