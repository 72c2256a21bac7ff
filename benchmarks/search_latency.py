"""Measures search as a library grows: time, recall of the vector index, size, memory.

    python benchmarks/search_latency.py ../shared/captions --rows 10000 100000 --cold

Rows are real captions with their embeddings, jittered so that no two are alike; texts stay real.
The vector part's recall@10 is against exact search over the same rows.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from benchmarks.retrieval import lines, plain, questions, read
from search import Library
from search.embed import DEFAULT_EMBEDDER, load_embedder
from search.lookup import look_up
from search.options import SearchOptions
from search.store import FileRow, SegmentRow, VideoRow

WINDOWS_A_VIDEO = 360
JITTER = 0.5
BATCH = 10_000
Floats = NDArray[np.float32]


def jittered(texts: list[str], vectors: Floats, rows: int) -> Iterator[tuple[list[str], Floats]]:
    """Yield batches of `rows` real texts in all, each vector moved a little, of length 1."""
    random_ = np.random.default_rng(0)
    for begin in range(0, rows, BATCH):
        chosen = random_.integers(0, len(texts), min(BATCH, rows - begin))
        noise = random_.normal(0, JITTER / vectors.shape[1] ** 0.5, (len(chosen), vectors.shape[1]))
        moved = vectors[chosen] + noise.astype(np.float32)
        moved /= np.linalg.norm(moved, axis=1, keepdims=True)
        yield [texts[i] for i in chosen], moved.astype(np.float32)


def build(folder: Path, texts: list[str], vectors: Floats, rows: int) -> tuple[Library, float]:
    """Fill a library as indexing does; return it and the seconds it took."""
    library = Library.open(folder, create=True)
    began, row = perf_counter(), 0
    with library.writing() as writer:
        for said, moved in jittered(texts, vectors, rows):
            places = [(f"v{(row + i) // WINDOWS_A_VIDEO}", i + row) for i in range(len(said))]
            names = sorted({name for name, _ in places})
            length = WINDOWS_A_VIDEO * 10_000
            writer.add_videos(
                [FileRow(f"/v/{name}.mp4", name, 1, 2, "", True) for name in names],
                [VideoRow(name, length, 0, length, 0, 0, "", "r") for name in names],
            )
            segments = []
            for (name, number), text in zip(places, said, strict=True):
                start = number % WINDOWS_A_VIDEO * 10_000
                segments.append(SegmentRow(name, start, start + 10_000, text, "", "r", False, ""))
            library._store.add_segments(segments, moved)
            row += len(said)
    return library, perf_counter() - began


def recall(library: Library, queries: Floats) -> float:
    """Return the share of the ten nearest rows that the index finds."""
    table = library._store._segments
    shares = []
    for vector in queries:
        near = look_up(table, vector, "", (), "staged = false", 1000)
        best = np.argsort(-(near.vectors @ vector))[:10]
        found = {near.rows["_rowid"][int(i)].as_py() for i in best}
        exact = table.search(vector).distance_type("cosine").bypass_vector_index()
        rows = exact.where("staged = false", prefilter=True).with_row_id(True).limit(10).to_arrow()
        shares.append(len(found & set(rows["_rowid"].to_pylist())) / 10)
    return float(np.mean(shares))


def times_ms(library: Library, asked: list[str]) -> tuple[float, float]:
    """Return the median and the 99th percentile of warm searches, embedding included."""
    for text in asked[:20]:
        library.search(text)
    taken = []
    for text in asked:
        began = perf_counter()
        library.search(text, 10, SearchOptions(min_confidence=0))
        taken.append(1000 * (perf_counter() - began))
    return float(np.percentile(taken, 50)), float(np.percentile(taken, 99))


def cold(folder: Path) -> None:
    """Print how long a cold search takes against loading sentence-transformers, each 3 times."""
    search = [sys.executable, "-m", "cli", "--library", str(folder), "search", "a dog", "--json"]
    encode = (
        "from search.embed import load_embedder\n"
        f"load_embedder({DEFAULT_EMBEDDER!r}, offline=True).queries(['a dog'])"
    )
    ours, theirs = [], []
    for _ in range(3):
        for command, taken in ((search, ours), ([sys.executable, "-c", encode], theirs)):
            began = perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            taken.append(perf_counter() - began)
    share = np.median(ours) / np.median(theirs)
    print(
        f"cold: search {np.median(ours):.2f} s, sentence-transformers {np.median(theirs):.2f} s,"
        f" share {share:.2f}"
    )


def main() -> None:
    """Build libraries of growing size, ask them, print a row each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("captions", type=Path)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--texts", type=int, default=5_000, help="different texts to draw from")
    parser.add_argument("--cold", action="store_true")
    arguments = parser.parse_args()
    both = read(arguments.captions)
    said = sorted({json.loads(line)["text"] for line in lines(*both)})
    texts = random.Random(0).sample(said, min(arguments.texts, len(said)))
    asked = [plain(q.text) for q in random.Random(1).sample(questions(*both), arguments.questions)]
    embedder = load_embedder(DEFAULT_EMBEDDER, offline=True)
    vectors, queries = embedder.documents(texts), embedder.queries(asked[:100])
    print("| rows | build s | size MB | P50 ms | P99 ms | recall@10 | peak memory MB |")
    print("|---|---|---|---|---|---|---|")
    for rows in arguments.rows:
        with tempfile.TemporaryDirectory() as folder:
            library, seconds = build(Path(folder), texts, vectors, rows)
            size = sum(p.stat().st_size for p in Path(folder).rglob("*") if p.is_file()) / 1e6
            median, worst = times_ms(Library.open(folder), asked)
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            found = recall(library, queries)
            print(
                f"| {rows} | {seconds:.0f} | {size:.0f} | {median:.0f} | {worst:.0f}"
                f" | {found:.3f} | {memory:.0f} |",
                flush=True,
            )
            if arguments.cold and rows == arguments.rows[0]:
                cold(Path(folder))


if __name__ == "__main__":
    main()
