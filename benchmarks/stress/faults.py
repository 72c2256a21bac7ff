"""Damages a library's own files in every way: named in a sentence, mended, and nothing lost."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.stress.command_line import FAKE, run, run_each
from tests.media import render, steady

_FILMS = 3
_SAID = """1
00:00:01,000 --> 00:00:03,000
This is what they say in film {0}.

2
00:00:12,000 --> 00:00:14,000
And later they say that.
"""


@dataclass(slots=True)
class Faults:
    """How many faults were made, by kind; how many said so, ended badly, or lost descriptions."""

    made: Counter[str] = field(default_factory=Counter)
    noticed: int = 0
    tracebacks: int = 0
    lost: int = 0
    complaints: list[str] = field(default_factory=list)


def _flipped(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(changed)


_WAYS: dict[str, Callable[[random.Random, bytes], bytes | None]] = {
    "empty": lambda rng, data: b"",
    "cut off": lambda rng, data: data[: rng.randrange(len(data))],
    "blank": lambda rng, data: bytes(len(data)),
    "without its end": lambda rng, data: data[:-8] + bytes(8),
    "with a bit turned": _flipped,
    "gone": lambda rng, data: None,
}


def damage(folder: Path, count: int, seed: int) -> Faults:
    """Damage a copy of a library `count` times, each time one file or a whole table.

    After each fault the program is asked to search, to say what is wrong, to repair, and to index
    the same films again; then every description must be there once.
    """
    rng = random.Random(seed)
    films, whole = folder / "films", folder / "whole"
    for number in range(_FILMS):
        film = render(films / f"film {number}.mkv", steady(25), file=number + 1)
        film.with_suffix(".srt").write_text(_SAID.format(number))
    for command in (("index", films, *FAKE), ("reembed", "--embedder", "fake:32")):
        status, _, err = run(whole, *command)
        if status:
            raise RuntimeError(err)
    expected = _words(run(whole, "export")[1])
    faults = Faults()
    for number in range(count):
        library = folder / "damaged"
        shutil.rmtree(library, ignore_errors=True)
        shutil.copytree(whole, library)
        kind = _make_fault(rng, library, number)
        faults.made[kind.partition(" in ")[0]] += 1
        _live_on(library, films, kind, expected, faults)
    return faults


def _live_on(library: Path, films: Path, kind: str, expected: list[str], faults: Faults) -> None:
    answers = run_each(
        library,
        ("search", "a grey picture", "-o", "-"),
        ("doctor", "--deep"),
        ("doctor", "--repair"),
        ("index", films, *FAKE[:2]),
        ("search", "a grey picture", "-o", "-"),
        ("export",),
    )
    faults.noticed += any(status == 2 for status, *_ in answers[:2])
    bad = [err for _, _, err in answers if "Traceback" in err or ".rs:" in err]
    faults.tracebacks += bool(bad) or len(answers) < 6
    got = _words(answers[5][1]) if len(answers) == 6 else []
    if got != expected or answers[4][0]:
        faults.lost += len(set(expected) ^ set(got)) + abs(len(got) - len(set(got))) or 1
    if bad or got != expected or answers[4][0]:
        said = " | ".join(f"{status} {err[-200:]}" for status, _, err in answers)
        faults.complaints.append(f"{kind}: {said}")


def _make_fault(rng: random.Random, library: Path, number: int) -> str:
    """Damage one file of a library, or take a whole table; return what was done."""
    tables = sorted(library.glob("*.lance"))
    if number % 10 == 9:
        table = rng.choice([*tables, library / "library.json"])
        if table.is_dir():
            shutil.rmtree(table)
        else:
            table.unlink()
            (library / "library.json.copy").unlink()
        return f"all gone in {table.name}"
    files = [library / "library.json"]
    files += [path for path in sorted(library.rglob("*")) if path.is_file() and path.stat().st_size]
    # As many faults in what holds rows and in what finds them as in the many small files beside.
    needed = [path for path in files if path.suffix in {".lance", ".manifest", ".json"}]
    path = rng.choice(needed if number % 2 else files)
    way = rng.choice(list(_WAYS))
    data = _WAYS[way](rng, path.read_bytes())
    if data is None:
        path.unlink()
    else:
        path.write_bytes(data)
    return f"{way} in {path.relative_to(library)}"


def _words(lines: str) -> list[str]:
    facts = [json.loads(line) for line in lines.splitlines()]
    return sorted(
        f"{fact['video']} {fact['start']} {fact['end']} {fact.get('text', fact.get('said'))}"
        for fact in facts
    )
