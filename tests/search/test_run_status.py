"""What a run says of itself, and when nobody believes it any more."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from time import time

import pytest

from search.run_status import Running, ended, running_in, tell

SAID = Running(1, 4, 30, 300_000, 900_000, 61.5, True, 5.0, "a.mkv", first_look=True)


def test_what_is_told_is_known_until_the_run_ends(tmp_path: Path) -> None:
    assert running_in(tmp_path) is None
    tell(tmp_path, SAID)
    assert running_in(tmp_path) == SAID
    tell(tmp_path, replace(SAID, windows=31, left_ms=None, seconds_left=None))
    assert running_in(tmp_path) == replace(SAID, windows=31, left_ms=None, seconds_left=None)
    ended(tmp_path)
    ended(tmp_path)
    assert running_in(tmp_path) is None


def changed(folder: Path, **facts: object) -> None:
    path = folder / "running.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **facts}))


def test_a_run_whose_process_is_gone_is_over(tmp_path: Path) -> None:
    tell(tmp_path, SAID)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait(timeout=60)
    changed(tmp_path, pid=gone.pid)
    assert running_in(tmp_path) is None
    # Its number may be another process's by now: one that began after it was told of.
    changed(tmp_path, pid=os.getpid(), told_s=1.0)
    assert running_in(tmp_path) is None


@pytest.mark.parametrize(("silent_s", "goes_on"), [(800, True), (1_000, False)])
def test_a_run_on_another_machine_ends_by_its_silence(
    tmp_path: Path, silent_s: int, goes_on: bool
) -> None:
    tell(tmp_path, SAID)
    changed(tmp_path, host="elsewhere", pid=2**22 + 1, told_s=time() - silent_s)
    assert (running_in(tmp_path) is not None) is goes_on


@pytest.mark.parametrize("change", [{"pid": None}, {"more": 1}, {"told_s": "soon"}])
def test_what_another_version_says_is_no_news(tmp_path: Path, change: dict[str, object]) -> None:
    tell(tmp_path, SAID)
    changed(tmp_path, **change)
    assert running_in(tmp_path) is None


def test_where_nothing_can_be_written_nothing_is_said(tmp_path: Path) -> None:
    tell(tmp_path / "none", SAID)
    ended(tmp_path / "none")
    assert not (tmp_path / "none").exists()
