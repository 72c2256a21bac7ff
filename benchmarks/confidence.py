"""Measures how well `search` knows that it has found nothing.

    python -m benchmarks.confidence ../shared/captions
    python -m benchmarks.confidence ../shared/captions --order

A library of 500 videos is asked questions about its own videos, about others of the same set,
from other domains, and plain nonsense. Videos are of the half that nothing was tuned on. `--order`
measures instead how sure ten answers to each question are called, by ways to let that only fall.
"""

from __future__ import annotations

import argparse
import json
import random
import string
import tempfile
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

import numpy as np
from scipy.optimize import isotonic_regression

from benchmarks.retrieval import RANKINGS, SEED, Question, half, lines, plain, questions, read
from search import Library
from search.exchange.descriptions import from_lines
from search.query.options import SearchOptions
from search.ranking.confidence import LEVEL, NEXT, falling, strays_later
from search.ranking.fusion import BEST, Ranking

VIDEOS = 500
OTHER_DOMAINS = [
    "the quarterly balance sheet of a bank",
    "mitochondria divide under an electron microscope",
    "a spacecraft docks with the orbital station",
    "the judge reads the verdict of the constitutional court",
    "a compiler prints a type error",
    "lava flows into the sea at night",
    "a submarine surfaces through arctic ice",
    "the derivative of a polynomial on a blackboard",
    "a robot arm welds a car body in a factory",
    "penguins huddle in a blizzard",
    "a cathedral organ is tuned",
    "tectonic plates drift apart in an animation",
    "a surgeon replaces a heart valve",
    "the stock market opens with losses",
    "an excavator digs a tunnel for the metro",
    "bees build a honeycomb in slow motion",
    "a notary certifies a contract of sale",
    "a volcano erupts above a village",
    "an astronomer aligns a radio telescope",
    "wheat is harvested by a combine",
]


def nonsense(count: int) -> list[str]:
    """Return made-up words."""
    letters = random.Random(SEED)
    return [
        " ".join("".join(letters.choices(string.ascii_lowercase, k=6)) for _ in range(4))
        for _ in range(count)
    ]


def best(library: Library, asked: Sequence[str], ranking: Ranking, by_score: bool) -> np.ndarray:
    """Return the best moment's score or confidence for each question; 0 where there is none."""
    options = SearchOptions(min_confidence=0)
    top = []
    for text in asked:
        moments = library.search(text, 1, options, ranking)
        value = (moments[0].score if by_score else moments[0].confidence) if moments else 0.0
        top.append(value)
    return np.array(top)


def answers(library: Library, asked: Sequence[Question]) -> list[list[tuple[float, bool]]]:
    """Return for each question how sure each answer is by itself, and whether it is right.

    They are in the order of their scores, `NEXT` more than ten.
    """
    options = SearchOptions(min_confidence=0)
    plainly = {"falling": list, "strays_later": lambda found, _: found}
    with mock.patch.multiple("search.run_query", **plainly):
        return [
            [
                (moment.confidence, moment.video.path.stem == question.video)
                for moment in library.search(plain(question.text), 10 + NEXT, options)
            ]
            for question in asked
        ]


def pooled(confidences: Sequence[float]) -> list[float]:
    """Return the values nearest to some that never rise: those that do are averaged."""
    return isotonic_regression(confidences, increasing=False).x.tolist()


def measure_order(found: Sequence[Sequence[tuple[float, bool]]]) -> None:
    """Print how near to right what is shown as sure is, by how it is made to fall."""
    ways = {"each its own": list, "minimum so far": falling, "pooled": pooled}
    print("| shown | strays | mean squared error | AUROC | right video in ten |")
    print("|---|---|---|---|---|")
    for where in ("stay", "go behind"):
        tens = [
            list(some if where == "stay" else strays_later(some, lambda one: one[0]))[:10]
            for some in found
        ]
        right = np.array([good for ten in tens for _, good in ten])
        in_ten = 100 * np.mean([any(good for _, good in ten) for ten in tens])
        for name, way in ways.items():
            shown = np.array([sure for ten in tens for sure in way([sure for sure, _ in ten])])
            error, sorting = ((shown - right) ** 2).mean(), auroc(shown[right], shown[~right])
            print(f"| {name} | {where} | {error:.4f} | {sorting:.4f} | {in_ten:.1f} % |")


def auroc(answered: np.ndarray, unanswered: np.ndarray) -> float:
    """Return how often a question with an answer has the higher value; ties count half."""
    higher = answered[:, None] > unanswered[None, :]
    equal = answered[:, None] == unanswered[None, :]
    return float((higher + 0.5 * equal).mean())


def main() -> None:
    """Build, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("captions", type=Path)
    parser.add_argument("--questions", type=int, default=400, help="of each kind")
    parser.add_argument("--half", choices=["tune", "report"], default="report")
    parser.add_argument("--order", action="store_true", help="what is shown of ten answers")
    arguments = parser.parse_args()
    indexed, asked = read(arguments.captions)
    reported = half(questions(indexed, asked), arguments.half)
    chooser = random.Random(SEED)
    inside = set(chooser.sample(sorted({q.video for q in reported}), VIDEOS))
    sample = arguments.questions
    own = [q for q in reported if q.video in inside]
    foreign = [plain(q.text) for q in reported if q.video not in inside]
    kinds = {
        "same set": chooser.sample(foreign, sample),
        "other domains": OTHER_DOMAINS,
        "nonsense": nonsense(50),
    }
    own = chooser.sample(own, min(sample, len(own)))
    windows = [
        line for line in lines(indexed, asked) if Path(json.loads(line)["video"]).stem in inside
    ]
    with tempfile.TemporaryDirectory() as folder:
        library = Library.open(Path(folder) / "library", create=True)
        library.take_in(from_lines(windows, Path(folder)))
        if arguments.order:
            measure_order(answers(library, own))
            return
        asked_own = [plain(q.text) for q in own]
        print("| measure | questions without an answer | AUROC | true at 10 % false | refused |")
        print("|---|---|---|---|---|")
        for name, ranking, by_score in (
            ("top cosine", RANKINGS["cosine"], True),
            ("confidence", BEST, False),
        ):
            answered = best(library, asked_own, ranking, by_score)
            kept = (answered >= LEVEL).mean()
            for kind, texts in kinds.items():
                without = best(library, texts, ranking, by_score)
                true = (answered > np.quantile(without, 0.9)).mean()
                refused = "" if by_score else f"{100 * (without < LEVEL).mean():.0f} %"
                print(
                    f"| {name} | {kind} | {auroc(answered, without):.3f} | {100 * true:.0f} %"
                    f" | {refused} |",
                    flush=True,
                )
            if not by_score:
                print(
                    f"Of {len(own)} answerable questions {100 * kept:.1f} % are answered;"
                    f" 95 % reach {np.quantile(answered, 0.05):.3f}."
                )


if __name__ == "__main__":
    main()
