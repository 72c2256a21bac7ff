"""Measures retrieval on two annotators' captions: index one's words, ask with the other's.

    python benchmarks/retrieval.py ../shared/captions --questions 3000 --half report

The library is built by the protocol of that folder's README through `import`, and asked through
the same `Library.search` that the command line uses.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from search import Library
from search.exchange.descriptions import from_lines
from search.query.options import SearchOptions
from search.ranking.fusion import BEST, Ranking
from search.ranking.moments import Moment

WINDOW_S, SHORTEST_S = 10.0, 1.0
SEED = 0
RANKS = (1, 5, 10)
_PLAIN = replace(BEST, common=0, surroundings=0, again=1, names=0)
RANKINGS: dict[str, Ranking] = {
    "best": BEST,
    "no-names": replace(BEST, names=0),
    "common-too": replace(BEST, common=0),
    "cosine": replace(_PLAIN, keywords=0),
    "keywords": replace(_PLAIN, cosine=0),
    "fused": _PLAIN,
    "one-first": replace(_PLAIN, again=BEST.again),
    "unmerged": replace(_PLAIN, merged=False),
    "unmerged-cosine": replace(_PLAIN, keywords=0, merged=False),
}
Captions = dict[str, dict[str, Any]]
Places = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Question:
    """A sentence, and the stretch of the video it was written about, in seconds."""

    video: str
    start: float
    end: float
    text: str


def lines(indexed: Captions, asked: Captions) -> Iterator[str]:
    """Yield the windows of the videos both annotators saw, as lines for `import`."""
    for video, facts in indexed.items():
        if video not in asked:
            continue
        start, duration = 0.0, float(facts["duration"])
        while duration - start >= SHORTEST_S:
            end = min(start + WINDOW_S, duration)
            if text := _said(facts, start, end):
                window = {"video": f"{video}.mp4", "duration": duration, "start": start}
                yield json.dumps({**window, "end": end, "text": text})
            start += WINDOW_S


def _said(facts: dict[str, Any], start: float, end: float) -> str:
    """Return the sentences that overlap a window by at least half of the shorter of the two."""
    told = zip(facts["timestamps"], facts["sentences"], strict=True)
    return " ".join(
        sentence.strip()
        for (a, b), sentence in told
        if b > a and min(b, end) - max(a, start) >= 0.5 * min(b - a, end - start)
    )


def questions(indexed: Captions, asked: Captions) -> list[Question]:
    """Return what the second annotator wrote, in file order."""
    return [
        Question(video, start, end, sentence.strip())
        for video, facts in asked.items()
        if video in indexed
        for (start, end), sentence in zip(facts["timestamps"], facts["sentences"], strict=True)
    ]


def half(everything: Sequence[Question], which: str) -> list[Question]:
    """Return the questions about one seeded half of the videos: tune, report, or all."""
    videos = sorted({question.video for question in everything})
    tuned = set(random.Random(SEED).sample(videos, len(videos) // 2))
    wanted = {"tune": {True}, "report": {False}, "all": {True, False}}[which]
    return [question for question in everything if (question.video in tuned) in wanted]


def overlap(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the temporal intersection over union of two stretches."""
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return max(0.0, shared) / (max(a[1], b[1]) - min(a[0], b[0]))


def ranks(question: Question, moments: Sequence[Moment]) -> Places:
    """Return at which place, from 0, the video is found, then with tIoU 0.3 and 0.5; 99: not."""
    first = [99, 99, 99]
    for place, moment in enumerate(moments):
        if moment.video.path.stem == question.video:
            span = (moment.start_ms / 1000, moment.end_ms / 1000)
            shared = overlap(span, (question.start, question.end))
            for i, wanted in enumerate((0.0, 0.3, 0.5)):
                if shared >= wanted:
                    first[i] = min(first[i], place)
    return first[0], first[1], first[2]


def places(
    library: Library, asked: Sequence[Question], ranking: Ranking, rerank: str | None = None
) -> list[Places]:
    """Return for each question at which places its answers stand."""
    options = SearchOptions(min_confidence=0, rerank=rerank)
    return [ranks(q, library.search(plain(q.text), 10, options, ranking)) for q in asked]


def shares(placed: Sequence[Places]) -> list[list[float]]:
    """Return the share of questions, in per cent, for V, M.3 and M.5 at each of RANKS."""
    return [
        [100 * sum(p[i] < rank for p in placed) / len(placed) for rank in RANKS] for i in range(3)
    ]


def plain(text: str) -> str:
    """Return a caption without what the query language would read as its own."""
    return text.translate(str.maketrans('";^:@', " ,   "))


def row(name: str, placed: Sequence[Places]) -> str:
    """Return a row of the table; standard errors are of the last column of each group."""
    cells = []
    for group in shares(placed):
        error = (group[-1] * (100 - group[-1]) / len(placed)) ** 0.5
        cells.append(" / ".join(f"{share:.1f}" for share in group) + f" ± {error:.1f}")
    return f"| {name} | " + " | ".join(cells) + " |"


def read(folder: Path) -> tuple[Captions, Captions]:
    """Read both annotators' files."""
    paths = sorted(folder.glob("*_val_[12].json.gz"))
    both = [json.loads(gzip.decompress(path.read_bytes())) for path in paths]
    return both[0], both[1]


def build(folder: Path, indexed: Captions, asked: Captions, embedder: str | None) -> Library:
    """Open the library of captions in `folder`, made now unless it is there already."""
    library = Library.open(folder, create=True, embedder=embedder)
    if not library.listing():
        began = perf_counter()
        count = library.take_in(from_lines(lines(indexed, asked), folder))
        print(f"Imported {count} windows in {perf_counter() - began:.0f} s.")
    return library


def main() -> None:
    """Build, ask and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("captions", type=Path, help="folder with both annotators' files")
    parser.add_argument("--library", type=Path, help="where the library is kept between runs")
    parser.add_argument("--questions", type=int, default=0, help="a seeded sample; 0: all")
    parser.add_argument("--half", choices=["tune", "report", "all"], default="all")
    parser.add_argument("--ranking", action="append", choices=list(RANKINGS), default=[])
    parser.add_argument("--embedder")
    parser.add_argument("--rerank", metavar="MODEL", help="a cross-encoder, folder or hub name")
    arguments = parser.parse_args()
    indexed, asked = read(arguments.captions)
    everything = half(questions(indexed, asked), arguments.half)
    if arguments.questions:
        everything = random.Random(SEED).sample(everything, arguments.questions)
    folder = arguments.library or Path(tempfile.gettempdir()) / "scenelist-captions"
    library = build(folder, indexed, asked, arguments.embedder)
    print(f"{len(everything)} questions, {arguments.half} videos, per cent ± standard error at 10")
    print("| ranking | V@1 / 5 / 10 | M.3@1 / 5 / 10 | M.5@1 / 5 / 10 |\n|---|---|---|---|")
    parts = ("tune", "report") if arguments.half == "all" and not arguments.ranking else ()
    for name in arguments.ranking or ["best"]:
        began = perf_counter()
        placed = places(library, everything, RANKINGS[name], arguments.rerank)
        each_ms = 1000 * (perf_counter() - began) / len(everything)
        print(row(name, placed), f"{each_ms:.0f} ms a question", flush=True)
        for part in parts:
            chosen = set(half(questions(indexed, asked), part))
            some = [p for q, p in zip(everything, placed, strict=True) if q in chosen]
            print(row(f"… of them {len(some)} of the {part} half", some), flush=True)


if __name__ == "__main__":
    main()
