"""Too little memory: one sentence and status 2; nobody waits for a thread that has died."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

import cli
from indexer.errors import OUT_OF_MEMORY, LibraryError
from tests.command import one_sentence
from tests.media import render, steady

ROOT = Path(__file__).parents[3]


def behind(error: BaseException) -> LibraryError:
    made = LibraryError("check the disk")
    made.__cause__ = error
    return made


@pytest.mark.parametrize("error", [MemoryError(), behind(OSError(errno.ENOMEM, "no"))])
def test_it_is_one_sentence_and_status_2(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("commands.options.global_settings.Settings.open", fail)
    assert cli.run(["list"]) == 2
    assert capfd.readouterr().err == f"Error: {OUT_OF_MEMORY}\n"


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("commands.options.global_settings.Settings.open", fail)
    with pytest.raises(RuntimeError, match="a bug"):
        cli.run(["list"])


@pytest.mark.skipif(sys.platform != "linux", reason="needs ulimit -v")
def test_under_a_limit_of_memory_the_program_ends_in_a_sentence(tmp_path: Path) -> None:
    render(tmp_path / "films" / "a.mkv", steady(2))
    command = f"ulimit -v 250000; exec {sys.executable} -m cli index {tmp_path}/films --model fake:"
    done = subprocess.run(
        ["bash", "-c", f"{command} --embedder fake:"],
        cwd=ROOT,
        env={**os.environ, "SCENELIST_LIBRARY": str(tmp_path / "library")},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 2
    assert one_sentence(done.stderr), done.stderr
    assert "not enough memory" in done.stderr
