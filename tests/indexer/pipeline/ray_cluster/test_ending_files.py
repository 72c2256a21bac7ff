"""A file that ends its workers is one failed file; whatever else ends one costs a try."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from indexer.media.readers.reader import SAMPLINGS
from indexer.retry_policy import CRASHED, DESCRIBER_CRASHED
from tests.command import FAKE, Run
from tests.indexer.pipeline.ray_cluster.processes import ROOT, program
from tests.media import render, steady

ray = pytest.importorskip("ray")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="needs POSIX")]
INDEX = (*FAKE, "--window", "1", "--ray", "local")


def lengths(run: Run) -> dict[str, int]:
    """Return how many windows of each file there are in the library, each once."""
    found: dict[str, list[int]] = {}
    for line in map(json.loads, run("export").out.splitlines()):
        if "text" in line:
            found.setdefault(Path(line["video"]).name, []).append(line["start"])
    assert all(len(set(starts)) == len(starts) for starts in found.values())
    return {name: len(starts) for name, starts in found.items()}


@pytest.mark.parametrize(
    ("reader", "ended"), [("Ending", "x"), ("EndingTheWorker", "xx")], ids=["child", "worker"]
)
def test_a_file_that_ends_its_decoder_has_failed_and_the_others_go_on(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: str, ended: str
) -> None:
    films = tmp_path / "films"
    for number, name in enumerate(("a.mp4", "ends.mp4", "ends-once.mp4", "z.mp4")):
        render(films / name, steady(5 + number), file=number)
    monkeypatch.setitem(SAMPLINGS, "even", (f"tests.broken_readers:{reader}",))
    outcome = run("index", films, *INDEX)
    assert outcome.status == 3, outcome.err
    failed = {"ends.mp4"} | ({"ends-once.mp4"} if reader == "Ending" else set())
    told = [line for line in outcome.err.splitlines() if ".mp4" in line]
    assert sorted(told) == sorted(
        f"{films / name}: {CRASHED}; the next run tries again" for name in failed
    )
    assert (films / "ends.ended").read_text("ascii") == ended
    assert (films / "ends-once.ended").read_text("ascii") == "x"
    held = lengths(run)
    assert held["a.mp4"] == 5
    assert held["z.mp4"] == 8
    assert held.get("ends.mp4", 0) <= 4, "two windows a try, where they came out in time"
    if reader == "EndingTheWorker":
        assert held["ends-once.mp4"] == 7
    monkeypatch.undo()
    assert run("index", films, *FAKE, "--window", "1").status == 0
    assert lengths(run) == {"a.mp4": 5, "ends.mp4": 6, "ends-once.mp4": 7, "z.mp4": 8}


@pytest.mark.parametrize("once", [False, True], ids=["always", "once"])
def test_a_file_that_ends_its_describer_has_failed_and_the_others_go_on(
    run: Run, tmp_path: Path, once: bool
) -> None:
    """In a process of its own: nothing that Ray says of it is printed."""
    films = tmp_path / "films"
    for number in range(1, 6):
        render(films / f"{number}.mp4", steady(4 + number), file=number)
    log = tmp_path / "ended"
    model = f"{'ending-once' if once else 'ending'}:3:{log}"
    arguments = (*INDEX, "--model", model, "--batch-size", "2")
    done = subprocess.run(
        [*program(tmp_path), "--library", tmp_path / "library", "index", films, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    whole = {f"{number}.mp4": 4 + number for number in range(1, 6)}
    assert done.stdout.startswith(f"Indexed {5 if once else 4} videos: ")
    told = [line for line in done.stderr.splitlines() if ".mp4" in line]
    if once:
        assert (done.returncode, told) == (0, []), done.stderr
        assert log.read_text("ascii") == "x"
        assert lengths(run) == whole
        return
    assert done.returncode == 3, done.stderr
    assert told == [f"{films / '3.mp4'}: {DESCRIBER_CRASHED}; the next run tries again"]
    assert "(raylet)" not in done.stdout + done.stderr
    assert log.read_text("ascii") == "xx"
    assert lengths(run) == {name: count for name, count in whole.items() if name != "3.mp4"}
    (failed,) = json.loads(run("list", "--state", "failed", "--json").out)
    assert (Path(failed["video"]).name, failed["state"]) == ("3.mp4", "failed")
