"""How much of a machine others take is what is busy, less what this process and its children do."""

import os
import subprocess
import sys

import psutil
import pytest

from indexer.processes import cpu_share
from indexer.processes.cpu_share import OthersShare


@pytest.mark.parametrize(
    ("busy_s", "own_s", "share"), [(6.0, 2.0, 0.5), (2.0, 2.1, 0.0), (99.0, 0.0, 1.0)]
)
def test_the_share_of_others(
    monkeypatch: pytest.MonkeyPatch, busy_s: float, own_s: float, share: float
) -> None:
    """Four seconds of two processors are eight."""
    clock, busy, own = iter([10.0, 14.0]), iter([100.0, 100 + busy_s]), iter([3.0, 3 + own_s])
    monkeypatch.setattr(cpu_share, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(cpu_share, "_busy_s", lambda: next(busy))
    monkeypatch.setattr(cpu_share, "_own_s", lambda: next(own))
    monkeypatch.setattr(psutil, "cpu_count", lambda: 2)
    assert OthersShare()() == share


def test_what_a_child_does_is_our_own() -> None:
    code = (
        "import os, sys\nwhile sum(os.times()[:2]) < 0.3: pass\nprint(flush=True)\nsys.stdin.read()"
    )
    before = cpu_share._own_s()
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        spent = cpu_share._own_s() - before
        child.communicate(timeout=60)
    assert spent >= 0.28
    assert cpu_share._busy_s() > 0 or os.name == "nt"
