"""`python -m toy.training.evaluate [FOLDER]`: how often a toy checkpoint is right, as tables."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from indexer.describing.checkpoints import TOY
from indexer.describing.describer import DescriberOptions, load_describer
from indexer.describing.smolvlm import SmolVLM
from toy.dataset.caption_language import read_caption
from toy.dataset.heldout_films import Look, look, make_films
from toy.dataset.question import Question
from toy.dataset.question_families import ASKED, ATTRIBUTES, ask, right, summarise
from toy.dataset.visible_labels import Sight

_SEED = 20_260_000
_FRAMES = (4, 6, 8, 10, 12, 16)
_DTYPES = ("float32", "bfloat16", "float16")
_PROMPT = "Describe what happens in this video."

Tally = dict[str, list[bool]]


def main() -> None:
    """Film, read, ask and count; print Markdown tables."""
    arguments = _arguments()
    start = perf_counter()
    with TemporaryDirectory() as folder:
        met = make_films(Path(folder), arguments.films, _SEED)
        new = make_films(Path(folder), arguments.films // 2, _SEED, new=True)
        groups = _groups([*look(met, 8)], [*look(new, 8)])
        toy = describer(arguments.checkpoint)
        print(f"Checkpoint: {arguments.checkpoint}\n")
        _print_table("Descriptions", _columns(groups), _rows(groups, lambda g: described(toy, g)))
        _print_table("Questions", _columns(groups), _rows(groups, lambda g: answered(toy, g)))
        text = {"text alone": [True], "new combinations": [True]}
        _print_table("Summaries of descriptions", list(text), _summaries(toy, arguments.films))
        some = met[: max(4, arguments.films // 2)]
        _print_frames(toy, {count: [*look(some, count)] for count in _FRAMES})
        _print_films(toy, groups["one scene"] + groups["across a cut"])
        _print_numbers(arguments.checkpoint, groups["one scene"][:100])
    print(f"{(perf_counter() - start) / 60:.1f} min")


def describer(checkpoint: Path, dtype: str = "float32", batch_size: int = 8) -> SmolVLM:
    """Load a checkpoint with the product's own describer."""
    options = DescriberOptions(
        str(checkpoint), _PROMPT, 160, device="cpu", dtype=dtype, batch_size=batch_size
    )
    loaded = load_describer(options)
    assert isinstance(loaded, SmolVLM)
    return loaded


def _groups(met: list[Look], new: list[Look]) -> dict[str, list[Look]]:
    return {
        "one scene": [each for each in met if len(each.sights) == 1],
        "across a cut": [each for each in met if len(each.sights) > 1],
        "new, one scene": [each for each in new if len(each.sights) == 1],
        "new, across a cut": [each for each in new if len(each.sights) > 1],
    }


def _columns(groups: dict[str, list[Look]]) -> list[str]:
    return [f"{name} ({len(looks)})" for name, looks in groups.items()]


def described(toy: SmolVLM, looks: Sequence[Look]) -> Tally:
    """Describe windows; return for each attribute whether each of its descriptions is right."""
    return compared(looks, toy.describe([each.clip for each in looks]))


def compared(looks: Sequence[Look], texts: Sequence[str]) -> Tally:
    """Return for each attribute whether each of its descriptions in `texts` is right.

    A scene's attribute that cannot be seen (a motion in two frames) must not be named either.
    """
    tally: Tally = defaultdict(list)
    for seen, text in zip(looks, texts, strict=True):
        said = read_caption(text)
        tally["number of scenes"].append(len(said) == len(seen.sights))
        everything = len(said) == len(seen.sights)
        for number, sight in enumerate(seen.sights):
            told = said[number] if number < len(said) else Sight("")
            for attribute in (*ATTRIBUTES, "size"):
                fits = getattr(told, attribute) == getattr(sight, attribute)
                if getattr(sight, attribute):
                    tally[attribute].append(fits)
                everything = everything and fits
        tally["everything"].append(everything)
    return tally


def answered(toy: SmolVLM, looks: Sequence[Look]) -> Tally:
    """Ask each kind of question about windows; return whether each answer is right."""
    rng = np.random.default_rng(_SEED)
    asked: list[tuple[Look, Question]] = []
    for seen in looks:
        for kind in ASKED:
            asked += [(seen, question) for question in _drawn(kind, seen, rng)]
    answers = toy.answer([seen.clip for seen, _ in asked], [each.text for _, each in asked])
    tally: Tally = defaultdict(list)
    for (_, question), answer in zip(asked, answers, strict=True):
        tally[question.kind].append(right(question, answer))
        if question.kind == "yes/no":
            tally[f"yes/no, {question.answer.lower()[:-1]} is right"].append(tally["yes/no"][-1])
    return tally


def _drawn(kind: str, seen: Look, rng: np.random.Generator) -> list[Question]:
    """Return one question of a kind; of yes/no one of each answer, so that both weigh alike."""
    wanted = {"Yes.", "No."} if kind == "yes/no" else {""}
    found: dict[str, Question] = {}
    for _ in range(60):
        question = ask(kind, seen.sights, rng)
        if question is not None:
            found.setdefault(question.answer if kind == "yes/no" else "", question)
        if set(found) == wanted:
            return list(found.values())
    return []


def _rows(
    groups: dict[str, list[Look]], count: Callable[[list[Look]], Tally]
) -> dict[str, list[str]]:
    """Return what to print per row of a table: its percentage in each group."""
    tallies = [count(looks) for looks in groups.values()]
    names = dict.fromkeys(name for tally in tallies for name in tally)
    return {name: [percent(tally.get(name, [])) for tally in tallies] for name in names}


def percent(marks: Iterable[bool]) -> str:
    """Return how many of 100 marks are right; "-" where there are none."""
    marks = list(marks)
    return f"{100 * sum(marks) / len(marks):.1f}" if marks else "-"


def _summaries(toy: SmolVLM, count: int) -> dict[str, list[str]]:
    shares = []
    for new in (False, True):
        rng = np.random.default_rng([_SEED, new])
        questions = [summarise(rng, new=new) for _ in range(2 * count)]
        answers = toy.complete([question.text for question in questions])
        pairs = zip(questions, answers, strict=True)
        shares.append(percent(right(question, answer) for question, answer in pairs))
    return {"every thing and place, in order": shares}


def _print_frames(toy: SmolVLM, looks: dict[int, list[Look]]) -> None:
    rows: dict[str, list[str]] = {}
    for count, seen in looks.items():
        one = [each for each in seen if len(each.sights) == 1]
        cut = [each for each in seen if len(each.sights) > 1]
        told, across = described(toy, one), described(toy, cut)["motion"]
        marks = (told["motion"], told["everything"], across, answered(toy, one)["yes/no"])
        rows[f"{count} frames"] = [percent(each) for each in marks]
    columns = ["motion, one scene", "everything, one scene", "motion, across a cut", "yes/no"]
    _print_table("Frames a window", columns, rows)


def _print_films(toy: SmolVLM, looks: Sequence[Look]) -> None:
    kinds = [f"{w}x{h}" for w, h in dict.fromkeys(each.size for each in looks)]
    kinds += [f"crf {crf}" for crf in sorted({each.crf for each in looks})]
    rows = {}
    for kind in kinds:
        some = [e for e in looks if kind in {f"{e.size[0]}x{e.size[1]}", f"crf {e.crf}"}]
        tally = described(toy, some)
        names = (*ATTRIBUTES, "everything")
        rows[f"{kind} ({len(some)})"] = [percent(tally[name]) for name in names]
    _print_table("Films", [*ATTRIBUTES, "everything"], rows)


def _print_numbers(checkpoint: Path, looks: Sequence[Look]) -> None:
    """Compare number formats and batches on the same windows."""
    clips = [each.clip for each in looks]
    base = describer(checkpoint, batch_size=1).describe(clips)
    rows = {}
    for dtype in _DTYPES:
        for size in (1, 8):
            toy = describer(checkpoint, dtype, size)
            start = perf_counter()
            texts = toy.describe(clips)
            each_ms = 1000 * (perf_counter() - start) / len(clips)
            same = percent(a == b for a, b in zip(texts, base, strict=True))
            fits = percent(compared(looks, texts)["everything"])
            rows[f"{dtype}, batches of {size}"] = [same, fits, f"{each_ms:.0f}"]
    _print_table("Numbers and batches", ["same words", "everything right", "ms a window"], rows)


def _print_table(title: str, columns: Sequence[str], rows: dict[str, list[str]]) -> None:
    print(f"### {title}\n")
    print(f"| | {' | '.join(columns)} |")
    print(f"|---|{'---|' * len(columns)}")
    for name, cells in rows.items():
        print(f"| {name} | {' | '.join(cells)} |")
    print(flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m toy.training.evaluate", description=__doc__)
    parser.add_argument("checkpoint", type=Path, nargs="?", default=TOY)
    parser.add_argument("--films", type=int, default=96, help="of four scenes each")
    return parser.parse_args()


if __name__ == "__main__":
    main()
