"""How sure an answer by what is said may be: its confidence fitted on one half, told of the other.

A library of some videos holds one annotator's captions as sentences that are said; the other
annotator's about those videos have an answer in it, those about other videos have none.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.confidence import OTHER_DOMAINS, VIDEOS, auroc, nonsense
from benchmarks.retrieval import SEED, Captions, half, plain, questions, read
from indexer.speech.transcribing.sentences import Sentence
from search import Library
from search.exchange.sentences import Spoken
from search.query.options import SearchOptions
from search.ranking.confidence import LEVEL, SAID, stems

_ASKED = 500


def report(captions: Path, videos: int = VIDEOS, count: int = _ASKED) -> None:
    """Print the weights that fit one half best; what they and the built-in ones do on the other."""
    indexed, asked = read(captions)
    with_answer, without, _ = _evidence(indexed, asked, "tune", videos, count)
    weights = fitted(with_answer, without)
    print(f"Fitted on the tuning half: {np.round(weights, 2).tolist()}; built in: {list(SAID)}")
    with_answer, without, foreign = _evidence(indexed, asked, "report", videos, count)
    for name, used in (("fitted", weights), ("built in", np.array(SAID))):
        sure = {
            asked_of: 1 / (1 + np.exp(-(rows @ used)))
            for asked_of, rows in (("own", with_answer), ("same set", without), *foreign.items())
        }
        print(
            f"Report half, {name}: of {len(with_answer)} answerable questions"
            f" {100 * (sure['own'] >= LEVEL).mean():.1f} % are answered;"
            f" 95 % reach {np.quantile(sure['own'], 0.05):.3f}."
        )
        for asked_of in ("same set", *foreign):
            refused = 100 * (sure[asked_of] < LEVEL).mean()
            told_apart = auroc(sure["own"], sure[asked_of])
            print(f"{asked_of}: AUROC {told_apart:.3f}, {refused:.0f} % refused")


def _evidence(
    indexed: Captions, asked: Captions, which: str, videos: int, count: int
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Return cosine, share of words and 1 for the best answer to each question of each kind."""
    chooser = random.Random(SEED)
    known = half(questions(indexed, asked), which)
    inside = set(chooser.sample(sorted({q.video for q in known}), videos))
    own = chooser.sample([plain(q.text) for q in known if q.video in inside], count)
    other = chooser.sample([plain(q.text) for q in known if q.video not in inside], count)
    with tempfile.TemporaryDirectory() as folder:
        library = Library.open(Path(folder) / "library", create=True, offline=True)
        library.take_in(_lines(indexed, inside))
        kinds = {"other domains": OTHER_DOMAINS, "nonsense": nonsense(50)}
        return (
            _best(library, own),
            _best(library, other),
            {name: _best(library, texts) for name, texts in kinds.items()},
        )


def _lines(indexed: Captions, inside: set[str]) -> Iterator[Spoken]:
    for video in sorted(inside):
        facts = indexed[video]
        for (start, end), text in zip(facts["timestamps"], facts["sentences"], strict=True):
            if end > start:
                said = Sentence(round(1000 * start), round(1000 * end), text.strip())
                yield Spoken(Path(f"/{video}.mp4"), round(1000 * facts["duration"]), said)


def _best(library: Library, texts: list[str]) -> np.ndarray:
    options = SearchOptions(min_confidence=0, side="said")
    rows = []
    for text in texts:
        moments = library.search(text, 1, options)
        if moments:
            words, said = stems(text), moments[0].said
            pair = library.embed([text, said])
            shared = len(words & stems(said)) / max(1, len(words))
            rows.append((float(pair[0] @ pair[1]), shared, 1.0))
        else:
            rows.append((0.0, 0.0, 1.0))
    return np.array(rows)


def fitted(with_answer: np.ndarray, without: np.ndarray) -> np.ndarray:
    """Return the weights of a logistic function, by Newton's method."""
    rows = np.concatenate([with_answer, without])
    meant = np.concatenate([np.ones(len(with_answer)), np.zeros(len(without))])
    weights = np.zeros(rows.shape[1])
    for _ in range(30):
        sure = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (meant - sure) - 1e-3 * weights
        bend = (rows * (sure * (1 - sure))[:, None]).T @ rows + 1e-3 * np.eye(len(weights))
        weights += np.linalg.solve(bend, slope)
    return weights
