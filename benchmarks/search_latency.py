"""Measures search as a library grows: time, recall of the vector index, size, memory.

    python -m benchmarks.search_latency ../shared/captions --rows 10000 100000 1000000 \
        --cold --plot docs/search_latency.svg

Rows are the windows of real captions in their order, again and again, in films of an hour; texts
stay real and each vector is moved a little, so that no two are alike. Questions are real too. The
vector part's recall@10 is against exact search over the same rows. Each size is asked in a process
of its own, whose peak memory is the one reported.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from benchmarks.growth import plot
from benchmarks.retrieval import lines, plain, questions, read
from search import Library
from search.embedding.embedder import DEFAULT_EMBEDDER
from search.embedding.registry import load_embedder
from search.query.filters.registry import filters_of
from search.query.options import SearchOptions
from search.store.rows import FileRow, SegmentRow, VideoRow
from search.store.snapshot import Scope

WINDOWS_A_VIDEO = 360
WINDOW_MS = 10_000
JITTER = 0.5
BATCH, COMMIT, AFTER = 50_000, 256, 10_000
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Measured:
    """What searching a library of `rows` windows takes; times in ms, warm, of one question."""

    rows: int
    p50: float
    p99: float
    filtered_p50: float
    filtered_p99: float
    recall: float
    memory_mb: float


class Rows:
    """Makes rows without end: real texts in their order, their vectors jittered."""

    def __init__(self, texts: list[str], vectors: Floats) -> None:
        self._texts = texts
        self._vectors = vectors
        self._random = np.random.default_rng(0)
        self._made = 0

    def more(self, count: int) -> tuple[list[SegmentRow], Floats]:
        """Return the next rows and their vectors, each of length 1."""
        numbers = np.arange(self._made, self._made + count)
        self._made += count
        width = self._vectors.shape[1]
        vectors = self._vectors[numbers % len(self._texts)]
        vectors += self._random.standard_normal(vectors.shape, np.float32) * JITTER / width**0.5
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return [self._row(int(number)) for number in numbers], vectors

    def _row(self, number: int) -> SegmentRow:
        video, place = divmod(number, WINDOWS_A_VIDEO)
        start, text = place * WINDOW_MS, self._texts[number % len(self._texts)]
        return SegmentRow(f"v{video}", start, start + WINDOW_MS, text, "", "r", False, "")


def build(folder: Path, rows: Rows, count: int) -> float:
    """Fill a library as `import` does; return the seconds it took."""
    library = Library.open(folder, create=True)
    store = library._store
    length = WINDOWS_A_VIDEO * WINDOW_MS
    names = [f"v{i}" for i in range(-(-(count + AFTER) // WINDOWS_A_VIDEO))]
    with library.writing() as writer:
        writer.add_videos(
            [FileRow(f"/v/{name}.mp4", name, 1, 2, "", True) for name in names],
            [VideoRow(name, length, 0, length, 0, 0, "", "r") for name in names],
        )
        began, left = perf_counter(), count
        with store.in_bulk():
            while left:
                store.add_segments(*rows.more(min(BATCH, left)))
                left -= min(BATCH, left)
        writer.tidy()
        return perf_counter() - began


def keep_indexing(folder: Path, rows: Rows) -> tuple[int, float]:
    """Add rows as indexing does; return the most that were outside an index, and ms a row."""
    store = Library.open(folder)._store
    most, began = 0, perf_counter()
    for _ in range(AFTER // COMMIT):
        store.add_segments(*rows.more(COMMIT))
        most = max(most, store.untidiness()[1])
    return most, 1000 * (perf_counter() - began) / AFTER


def recall(library: Library, queries: Floats) -> float:
    """Return the share of the ten nearest rows that the index finds among a thousand."""
    look, table, shares = library._store.snapshot(), library._store._segments, []
    for vector in queries:
        near = look.near(vector, Scope(), 1000)
        best = near.take(np.argsort(near["_distance"].to_numpy())[:10])
        exact = table.search(vector).distance_type("cosine").bypass_vector_index()
        rows = exact.with_row_id(True).select(["_distance"]).limit(10).to_arrow()
        found = set(best["_rowid"].to_pylist())
        shares.append(len(found & set(rows["_rowid"].to_pylist())) / 10)
    return float(np.mean(shares))


def times_ms(library: Library, asked: list[str], options: SearchOptions) -> tuple[float, float]:
    """Return the median and the 99th percentile of warm searches, embedding included."""
    for text in asked[:20]:
        library.search(text, 10, options)
    taken = []
    for text in asked:
        began = perf_counter()
        library.search(text, 10, options)
        taken.append(1000 * (perf_counter() - began))
    return float(np.percentile(taken, 50)), float(np.percentile(taken, 99))


def measure(folder: Path, asked: list[str]) -> Measured:
    """Ask a library, with and without a filter that leaves nine videos in ten."""
    library = Library.open(folder)
    free = times_ms(library, asked, SearchOptions(min_confidence=0))
    most = SearchOptions(filters_of({"not-in": ["v*0.mp4"]}), min_confidence=0)
    filtered = times_ms(library, asked, most)
    memory = peak_mb()
    found = recall(library, library.embed(asked[:100]))
    return Measured(library._store.count(), *free, *filtered, found, memory)


def peak_mb() -> float:
    """Return the most memory this process has had; that of its parent does not count (Linux)."""
    told = Path("/proc/self/status").read_text("utf-8")
    return int(told.partition("VmHWM:")[2].split()[0]) / 1024


def cold(folder: Path) -> None:
    """Say on stderr how long a cold search takes, and loading sentence-transformers; 3 times."""
    search = [sys.executable, "-m", "cli", "--library", str(folder), "search", "a dog", "--json"]
    encode = (
        "from search.embedding.registry import load_embedder\n"
        f"load_embedder({DEFAULT_EMBEDDER!r}, offline=True).queries(['a dog'])"
    )
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(3):
        for command, taken in ((search, ours), ([sys.executable, "-c", encode], theirs)):
            began = perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            taken.append(perf_counter() - began)
    share = np.median(ours) / np.median(theirs)
    print(
        f"cold: search {np.median(ours):.2f} s, sentence-transformers {np.median(theirs):.2f} s,"
        f" share {share:.2f}",
        file=sys.stderr,
    )


def grown(arguments: argparse.Namespace, rows: Rows, asked: list[str]) -> Iterator[Measured]:
    """Build each library, have it asked in another process, and print its row of the table."""
    for count in arguments.rows:
        with tempfile.TemporaryDirectory(dir=arguments.work) as name:
            folder = Path(name)
            seconds = build(folder, rows, count)
            size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6
            command = [*arguments.quietly.split(), sys.executable, "-m", __spec__.name, "-"]
            last = arguments.cold and count == arguments.rows[-1]
            asks = [*command, "--measure", str(folder), *["--cold"][: int(last)]]
            said = subprocess.run(
                asks, check=True, stdout=subprocess.PIPE, input=json.dumps(asked), text=True
            )
            found = Measured(**json.loads(said.stdout))
            outside, each_ms = keep_indexing(folder, rows)
            print(
                f"| {count:,} | {seconds:.0f} | {size:.0f} | {found.p50:.0f} / {found.p99:.0f}"
                f" | {found.filtered_p50:.0f} / {found.filtered_p99:.0f} | {found.recall:.3f}"
                f" | {found.memory_mb:.0f} | {outside:,} | {each_ms:.1f} |",
                flush=True,
            )
            yield found


def main() -> None:
    """Build libraries of growing size, ask them, print a row each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("captions", type=Path)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--windows", type=int, default=20_000, help="real ones, then again")
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--plot", type=Path, help="an SVG of how it grows")
    parser.add_argument("--work", type=Path, help="where the libraries are built [temporary]")
    parser.add_argument("--quietly", default="", help="a command before those that are timed")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(asdict(measure(arguments.measure, json.load(sys.stdin)))))
        if arguments.cold:
            cold(arguments.measure)
        return
    both = read(arguments.captions)
    texts = [json.loads(line)["text"] for line in lines(*both)][: arguments.windows]
    asked = [plain(q.text) for q in random.Random(1).sample(questions(*both), arguments.questions)]
    different = sorted(set(texts))
    vectors = load_embedder(DEFAULT_EMBEDDER, offline=True).documents(different)
    place = {text: i for i, text in enumerate(different)}
    rows = Rows(texts, vectors[[place[text] for text in texts]])
    print(
        "| rows | build s | size MB | P50 / P99 ms | filtered | recall@10 | peak memory MB ", end=""
    )
    print("| most outside an index | ms a row then |\n|---|---|---|---|---|---|---|---|---|")
    found = list(grown(arguments, rows, asked))
    if arguments.plot:
        arguments.plot.write_text(plot([(m.rows, m.p50, m.p99) for m in found]), "utf-8")


if __name__ == "__main__":
    main()
