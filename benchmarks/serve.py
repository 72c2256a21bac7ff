"""Measures a running server: how long a search takes over HTTP, with one client and with eight.

    python -m benchmarks.serve ../shared/captions --rows 100000

Builds the library that benchmarks.search_latency asks, starts `scenelist serve` over it, and has
clients, each in a thread with a connection of its own, ask one real question after another for the
24 moments that the page asks for. The server's first 20 answers do not count. The processor time of
the server, all its threads together, hardly depends on what else the machine does (Linux).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import httpx2
import numpy as np

from benchmarks.retrieval import lines, plain, questions, read
from benchmarks.search_latency import Rows, build
from search.embedding.embedder import DEFAULT_EMBEDDER
from search.embedding.registry import load_embedder

LIMIT = 24


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, int]]:
    """Run the server over a library; yield its address and its process."""
    command = [sys.executable, "-m", "cli", "--offline", "--library", str(folder)]
    process = subprocess.Popen(
        [*command, "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1].rstrip("/"), process.pid
    finally:
        process.terminate()
        process.wait(30)


def asked_by(address: str, asked: Sequence[str]) -> list[float]:
    """Ask one question after another; return how long each took, in ms."""
    taken = []
    with httpx2.Client(base_url=address, timeout=120) as client:
        for question in asked:
            began = perf_counter()
            reply = client.get("/api/search", params={"q": question, "limit": LIMIT})
            reply.raise_for_status()
            taken.append(1000 * (perf_counter() - began))
    return taken


def processor_ms(process: int) -> float:
    """Return the processor time that a process has used so far."""
    try:
        told = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return 1000 * (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def measure(address: str, process: int, asked: Sequence[str], clients: int) -> str:
    """Return a row of the table."""
    used = processor_ms(process)
    shares = [asked[number::clients] for number in range(clients)]
    began = perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        taken = [ms for some in pool.map(lambda s: asked_by(address, s), shares) for ms in some]
    pace = len(taken) / (perf_counter() - began)
    p50, p99 = np.percentile(taken, [50, 99])
    each_ms = (processor_ms(process) - used) / len(taken)
    return f"| {clients} | {p50:.0f} / {p99:.0f} | {pace:.0f} | {each_ms:.0f} |"


def main() -> None:
    """Build a library, serve it, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("captions", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=400)
    parser.add_argument("--windows", type=int, default=5_000, help="real ones, then again")
    arguments = parser.parse_args()
    both = read(arguments.captions)
    texts = [json.loads(line)["text"] for line in lines(*both)][: arguments.windows]
    asked = [plain(q.text) for q in random.Random(1).sample(questions(*both), arguments.questions)]
    different = sorted(set(texts))
    vectors = load_embedder(DEFAULT_EMBEDDER, offline=True).documents(different)
    place = {text: i for i, text in enumerate(different)}
    with tempfile.TemporaryDirectory() as name:
        build(Path(name), Rows(texts, vectors[[place[t] for t in texts]]), arguments.rows)
        with served(Path(name)) as (address, process):
            asked_by(address, asked[:20])
            print(f"{arguments.rows:,} windows\n")
            print("| clients | P50 / P99 ms | searches a second | processor ms a search |")
            print("|---|---|---|---|")
            for clients in (1, 8):
                print(measure(address, process, asked, clients), flush=True)


if __name__ == "__main__":
    main()
