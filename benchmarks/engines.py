"""What each engine and number format does to the words: the toy's, on windows it never met.

    python -m benchmarks.engines [CHECKPOINT] [--films 48]

Films of h264 as in `toy.training.evaluate`, read back by the product's decoders; words are compared
with those of torch in float32, place by place, and with what is seen in the windows.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from indexer.describing.checkpoints import TOY
from indexer.describing.describer import DescriberOptions, load_describer
from toy.dataset.heldout_films import look, make_films
from toy.training.evaluate import compared, percent

_WAYS = (
    ("torch", "float32"),
    ("torch", "bfloat16"),
    ("openvino", "float32"),
    ("openvino", "bfloat16"),
    ("openvino", "int8"),
)
_SEED = 20_260_000
_PROMPT = "Describe what happens in this video."
_ATTRIBUTES = ("background", "colour", "shape", "motion", "size", "everything")


def main() -> None:
    """Film, describe with each engine, compare; print a Markdown table."""
    arguments = _arguments()
    with TemporaryDirectory() as name:
        looks = list(look(make_films(Path(name), arguments.films, _SEED), 8))
        print(f"{len(looks)} windows of {arguments.films} films, {arguments.checkpoint}\n")
        print(f"| | equal words | equal windows | {' | '.join(_ATTRIBUTES)} |")
        print(f"|---|---|---|{'---|' * len(_ATTRIBUTES)}")
        first: list[str] = []
        for engine, dtype in _WAYS:
            options = DescriberOptions(
                str(arguments.checkpoint),
                _PROMPT,
                160,
                device="cpu",
                dtype=dtype,
                engine=engine,
                cache=Path(name) / "cache",
            )
            texts = load_describer(options).describe([each.clip for each in looks])
            first = first or texts
            same = percent(a == b for a, b in zip(texts, first, strict=True))
            cells = [f"{100 * equal_words(texts, first):.1f}", same]
            tally = compared(looks, texts)
            cells += [percent(tally[name]) for name in _ATTRIBUTES]
            print(f"| {engine}, {dtype} | {' | '.join(cells)} |", flush=True)


def equal_words(texts: Sequence[str], others: Sequence[str]) -> float:
    """Return the share of places in texts at which both have the same word."""
    equal = places = 0
    for text, other in zip(texts, others, strict=True):
        words, its = text.split(), other.split()
        equal += sum(a == b for a, b in zip(words, its, strict=False))
        places += max(len(words), len(its))
    return equal / max(1, places)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines", description=__doc__)
    parser.add_argument("checkpoint", type=Path, nargs="?", default=TOY)
    parser.add_argument("--films", type=int, default=48, help="of four scenes each")
    return parser.parse_args()


if __name__ == "__main__":
    main()
