"""The command line as tests call it."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Timer

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
