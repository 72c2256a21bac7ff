"""The GPU's benchmark, on a CPU: it needs few packages, checks first, and counts right."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks import gpu
from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.engines.torch_engine import TorchEngine
from indexer.scanning.fingerprint import fingerprint

ROOT = Path(__file__).parents[2]
# What a machine that has torch and transformers need not have.
ABSENT = ("torchvision", "decord", "lancedb", "sentence_transformers", "openvino", "PIL", "click")


@pytest.mark.slow
def test_it_runs_with_few_packages_and_counts_what_it_does(tmp_path: Path) -> None:
    arguments = [
        "--small",
        "--tokens",
        "3",
        "--minutes",
        "8",
        "--seconds",
        "0.3",
        "--device",
        "cpu",
    ]
    code = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({ABSENT!r}))\n"
        "from benchmarks.gpu import main\n"
        f"sys.exit(main([*{arguments!r}, '--json', {str(tmp_path / 'facts.json')!r}]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "ids not compared" in done.stdout, "the one check that needs torchvision says so"
    rows = json.loads((tmp_path / "facts.json").read_text())["rows"]
    assert [row["cells"][1] for row in rows][:3] == ["the seeds'", "ours", "ours"]
    for row in rows:
        assert row["windows"] > 0
        per_window = row["tokens"] / row["windows"]
        assert per_window == 3, "every answer has the length that was asked for"
        assert row["cells"][5] == f"{row['windows'] / row['seconds']:.2f}"
    assert "of the time of the slower one alone" in done.stdout


def test_it_stops_where_features_are_not_the_cpus(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = gpu.Bench._load

    class Astray(TorchEngine):
        def look(self, frames: torch.Tensor) -> torch.Tensor:
            return super().look(frames).roll(1, dims=1)

    def load(self: gpu.Bench, attention: str) -> Any:
        return Astray(real(self, attention).model)

    monkeypatch.setattr(gpu.Bench, "_load", load)
    assert gpu.main(["--small", "--minutes", "0.1", "--device", "cpu"]) == 1
    out = capsys.readouterr().out
    assert "the features differ too much" in out
    assert "windows/s" not in out


def test_it_stops_where_ids_are_not_the_processors(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gpu, "_processors_ids", lambda folder, clip: [1, 2, 3])
    assert gpu.main(["--small", "--minutes", "0.1", "--device", "cpu"]) == 1
    assert "the prompt's ids are not those" in capsys.readouterr().out


def test_a_way_that_does_not_work_here_costs_only_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As where a GPU's decoder or compiler is missing; what every machine can do must work."""

    def speed(self: gpu.Bench, way: gpu.Way, seconds: float) -> gpu.Speed:
        if way.graphs:
            raise RuntimeError("no compiler\nat length")
        if way.batch == 2:
            raise torch.OutOfMemoryError
        return gpu.Speed(10, 2.0, 640, 0.25, 0.0)

    monkeypatch.setattr(gpu.Bench, "_speed", speed)
    monkeypatch.setattr(gpu.Bench, "_stages", lambda *_: None)
    assert gpu.main(["--small", "--device", "cpu"]) == 0
    out = capsys.readouterr().out
    assert "does not work here: no compiler\n" in out
    assert "needs more memory than there is" in out
    assert "| small | ours | 1 | sdpa | CPU | 5.00 | 50.0 | 320 | - | 25 % |" in out
    assert "| small | ours | 2 |" not in out


def test_films_are_of_different_content(tmp_path: Path) -> None:
    films = gpu.Films(tmp_path / "films", small=True)
    paths = films.paths()
    first, second = next(paths), next(paths)
    assert fingerprint(first) != fingerprint(second)
    (clip,) = films.clips(1, 8, 32)
    with DecodeWorker() as worker:
        video = worker.probe(second)
        (same,) = worker.clips(video.windows(10_000, 10_000)[:1], 8, 32, True)
    assert (same.frames == clip.frames).all()
