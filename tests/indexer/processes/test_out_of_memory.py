"""Too little memory: one sentence and status 2; nobody waits for a thread that has died."""

import errno
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import pytest

import cli
from indexer.decoding.child_process import Decoder
from indexer.decoding.messages import Broken, ProbeOrder
from indexer.decoding.supervisor import DecodeWorker
from indexer.errors import OUT_OF_MEMORY, LibraryError, VideoError, is_out_of_memory
from indexer.processes import supervisor
from tests.command import one_sentence
from tests.media import render, steady

ROOT = Path(__file__).parents[3]


def behind(error: BaseException) -> LibraryError:
    made = LibraryError("check the disk")
    made.__cause__ = error
    return made


@pytest.mark.parametrize(
    ("error", "is_it"),
    [
        (MemoryError(), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate"), True),
        (RuntimeError("can't start new thread"), True),
        (ImportError("libx.so: failed to map segment from shared object"), True),
        (behind(RuntimeError("lance: Cannot allocate memory (os error 12)")), True),
        (OSError(errno.ENOSPC, "No space left on device"), False),
        (RuntimeError("a bug"), False),
        (behind(OSError(errno.EACCES, "Permission denied")), False),
    ],
)
def test_what_says_that_memory_did_not_suffice(error: BaseException, is_it: bool) -> None:
    assert is_out_of_memory(error) is is_it


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


def test_nobody_waits_for_a_reading_thread_that_died(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that reads a decoder's answers has no memory for one: its parent hears of it."""
    path = render(tmp_path / "a.mkv", steady(2))

    class Short:
        dump = staticmethod(pickle.dump)
        UnpicklingError = pickle.UnpicklingError

        @staticmethod
        def load(_: object) -> object:
            raise MemoryError

    monkeypatch.setattr(supervisor, "pickle", Short)
    began = time.monotonic()
    with DecodeWorker(patience_s=60) as worker, pytest.raises(MemoryError):
        worker.probe(path)
    assert time.monotonic() - began < 55, "it waited for its patience to end"


def test_a_file_that_takes_too_much_memory_costs_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def greedy(_: Path) -> None:
        raise MemoryError

    monkeypatch.setattr("indexer.decoding.child_process.read_timeline", greedy)
    replies = list(Decoder().answer(ProbeOrder(tmp_path / "a.mkv")))
    assert replies == [Broken("there is not enough memory to decode it")]


def test_a_damaged_answer_still_is_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def end(_: object) -> object:
        raise EOFError

    monkeypatch.setattr(supervisor.pickle, "load", end)
    with DecodeWorker(patience_s=60) as worker, pytest.raises(VideoError, match="crashed"):
        worker.length_ms(tmp_path / "a.mkv")


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
