"""Ctrl-C on a run with `--ray local`: all is kept, nothing is left behind, the next run goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.command import at_most
from tests.indexer.pipeline.ray_cluster.processes import ROOT, descendants, program
from tests.media import render, steady

ray = pytest.importorskip("ray")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="needs POSIX")]
_FILMS, _LENGTH_S, _WINDOWS = 2, 45, 2 * 221


def alive(pid: int, line: str) -> bool:
    """Whether a process is still there, and no other under its number."""
    try:
        now = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode("utf-8", "replace")
    except OSError:
        return False
    return bool(now) and (now == line or now.startswith("ray::"))


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_keeps_what_was_described_and_leaves_no_process(tmp_path: Path) -> None:
    films = tmp_path / "films"
    for number in range(_FILMS):
        render(films / f"{number}.mp4", steady(_LENGTH_S), file=number)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SCENELIST_DATA": str(tmp_path / "data")}

    def command(library: str, *arguments: str | Path) -> list[str | Path]:
        return [*program(tmp_path), "--library", tmp_path / library, *arguments]

    def done(library: str, *arguments: str | Path) -> str:
        return subprocess.run(
            command(library, *arguments),
            env=environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=300,
        ).stdout

    index: tuple[str | Path, ...] = (
        *("index", films, "--model", "slow:0.02", "--embedder", "fake:", "--speech", "off"),
        *("--window", "1", "--stride", "0.2", "--batch-size", "2"),
    )
    process = subprocess.Popen(
        command("ray", *index, "--ray", "local"),
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    started: dict[int, str] = {}
    kept_first = tmp_path / "ray" / "segments.lance" / "data"
    ends = time.monotonic() + 120
    while not any(kept_first.glob("*.lance")) and time.monotonic() < ends:
        time.sleep(0.05)
        assert process.poll() is None
    started = descendants(process.pid)
    assert any("raylet" in line for line in started.values()), started
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all that are in its foreground
    with at_most(process, 60):
        _, err = process.communicate(timeout=90)
    assert process.returncode == 130, err
    assert "again to go on" in err
    assert "Traceback" not in err
    kept = int(err.split("Stopped after ")[1].split()[0])
    assert 0 < kept < _WINDOWS
    assert len(done("ray", "export").splitlines()) == kept
    ends = time.monotonic() + 30
    while any(alive(*each) for each in started.items()) and time.monotonic() < ends:
        time.sleep(0.1)
    assert [line for pid, line in started.items() if alive(pid, line)] == []
    done("ray", *index, "--ray", "local")
    done("plain", *index)
    plain = sorted(done("plain", "export").splitlines())
    assert len(plain) == _WINDOWS
    assert sorted(done("ray", "export").splitlines()) == plain
