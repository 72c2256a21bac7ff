"""The command line as tests call it."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

import pytest

import cli

FAKE = ("--model", "fake:", "--embedder", "fake:", "--speech", "off")


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str


Run = Callable[..., Outcome]


def one_sentence(err: str) -> bool:
    return err.count("\n") == 1 and "Traceback" not in err


@contextmanager
def at_most(process: "subprocess.Popen[str]", seconds: float) -> Iterator[None]:
    """Kill a process that is waited for in the block and keeps silent for too long."""
    limit = Timer(seconds, process.kill)
    limit.start()
    try:
        yield
    finally:
        limit.cancel()


def index_once(folder: Path, films: Path, *options: str) -> Path:
    """Index films into a library in an empty folder, with the fakes; return where it is."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SCENELIST_DATA", str(folder / "data"))
        patched.setenv("SCENELIST_CONFIG", str(folder / "config.toml"))
        library = folder / "library"
        assert cli.run(["--library", str(library), "index", str(films), *FAKE, *options]) == 0
    return library
