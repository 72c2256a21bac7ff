"""The command line as tests call it."""

from collections.abc import Callable
from dataclasses import dataclass

FAKE = ("--model", "fake:", "--embedder", "fake:")


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str


Run = Callable[..., Outcome]


def one_sentence(err: str) -> bool:
    return err.count("\n") == 1 and "Traceback" not in err
