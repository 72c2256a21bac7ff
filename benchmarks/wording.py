"""Measures what a small model's way of writing costs a search, and what leaving it out gives back.

    python -m benchmarks.wording ../shared/captions --questions 600 --videos 500

The captions of benchmarks.retrieval are written as such a model would: with openings, saying
sentences again until they are cut off, or with nothing at all. Each library is made twice through
`import`: with its words as they are (as before), and as they are embedded and shown now.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import mean
from unittest.mock import patch

from benchmarks.retrieval import (
    SEED,
    Captions,
    Question,
    half,
    lines,
    plain,
    questions,
    ranks,
    read,
)
from indexer.describing.answers.wording import sentences
from search import Library
from search.exchange.descriptions import from_lines
from search.query.options import SearchOptions

_LONGEST_WORDS = 48  # about 64 tokens
_EMPTY = 0.05
OPENINGS = (
    "The video shows ",
    "In this video, we can see ",
    "The video clip features ",
    "The scene depicts ",
    "In the video, ",
    "This video captures ",
)
# Where `cleaned` is used between import and answer.
_USES = ("store.writing.embedded_text", "library", "store.snapshot", "finder", "run_query")


def opened(text: str, dice: random.Random) -> str:
    """Return a text with an opening before each of its sentences."""
    return " ".join(dice.choice(OPENINGS) + told[:1].lower() + told[1:] for told in sentences(text))


def repeated(text: str, dice: random.Random) -> str:
    """Return a text whose last sentence is said again and again until it is cut off."""
    last = sentences(text)[-1].split()
    words = text.split()
    while len(words) < _LONGEST_WORDS:
        words += last
    return " ".join(words[: max(_LONGEST_WORDS, len(text.split()) + len(last) // 2)])


def both(text: str, dice: random.Random) -> str:
    """Return a text with openings that is repeated and cut off."""
    return repeated(opened(text, dice), dice)


def mixed(text: str, dice: random.Random) -> str:
    """Return a text as one of the others, as it is, or nothing in one case of twenty."""
    if dice.random() < _EMPTY:
        return ""
    return dice.choice((both, opened, repeated, lambda text, _: text))(text, dice)


WAYS: dict[str, Callable[[str, random.Random], str]] = {
    "as annotated": lambda text, _: text,
    "openings": opened,
    "repeats, cut off": repeated,
    "both": both,
    "a mixture, 5 % empty": mixed,
}


def written(told: Iterator[str], way: Callable[[str, random.Random], str]) -> Iterator[str]:
    """Yield lines for `import` with their texts written in some way."""
    dice = random.Random(SEED)
    for line in told:
        facts = json.loads(line)
        yield json.dumps({**facts, "text": way(facts["text"], dice)})


@contextmanager
def every_word() -> Iterator[None]:
    """Embed and show all that was written, as before there was anything to leave out."""
    with ExitStack() as stack:
        for room in _USES:
            stack.enter_context(patch(f"search.{room}.cleaned", lambda text: text))
        stack.enter_context(
            patch("search.store.writing.writer.embedded", lambda model, t: model.documents(t))
        )
        yield


def row(name: str, library: Library, asked: Sequence[Question]) -> str:
    """Return a row of the table: how well questions are answered, and what nothing is found by."""
    options = SearchOptions(min_confidence=0)
    placed, scores, empty = [], [], 0
    for question in asked:
        moments = library.search(plain(question.text), 10, options)
        place = ranks(question, moments)
        placed.append(place)
        if place[0] < len(moments):
            scores.append(moments[place[0]].score)
        empty += any(not moment.text for moment in moments)
    found = [100 * mean(place[0] < rank for place in placed) for rank in (1, 5, 10)]
    close = [100 * mean(place[2] < rank for place in placed) for rank in (1, 5, 10)]
    cells = (
        " / ".join(f"{share:.1f}" for share in found),
        " / ".join(f"{share:.1f}" for share in close),
        f"{mean(scores):.2f}",
        f"{100 * empty / len(asked):.1f}",
    )
    return f"| {name} | " + " | ".join(cells) + " |"


def main() -> None:
    """Write, build, ask and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("captions", type=Path, help="folder with both annotators' files")
    parser.add_argument("--videos", type=int, default=500, help="a seeded sample")
    parser.add_argument("--questions", type=int, default=600, help="a seeded sample")
    parser.add_argument("--embedder")
    arguments = parser.parse_args()
    indexed, asked = read(arguments.captions)
    both_saw = sorted(set(indexed) & set(asked))
    some = set(random.Random(SEED).sample(both_saw, min(arguments.videos, len(both_saw))))
    few: Captions = {video: facts for video, facts in indexed.items() if video in some}
    everything = half(questions(few, asked), "all")
    count = min(arguments.questions, len(everything))
    chosen = random.Random(SEED).sample(everything, count)
    print(f"{len(few)} videos, {count} questions; per cent, and the mean score of right answers")
    print("| written | searched | V@1 / 5 / 10 | M.5@1 / 5 / 10 | score | empty ones among 10 |")
    print("|---|---|---|---|---|---|")
    for name, way in WAYS.items():
        for searched, how in (("every word", every_word), ("what it says", ExitStack)):
            with tempfile.TemporaryDirectory() as folder, how():
                library = Library.open(folder, create=True, embedder=arguments.embedder)
                library.take_in(from_lines(written(lines(few, asked), way), Path(folder)))
                print(row(f"{name} | {searched}", library, chosen), flush=True)


if __name__ == "__main__":
    main()
