"""Processes of our own at the other end of a pipe: how they start, and where they answer."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from indexer.processes.priority import apart

_LOOK_FOR_PARENT_S = 2.0


def start(module: str) -> subprocess.Popen[bytes]:
    """Run a module of ours in a process with pipes to its stdin and stdout.

    What it says on stderr is dropped, and Ctrl-C does not reach it.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        **apart(),
    )


def environment() -> dict[str, str]:
    """Return the environment in which a process finds the modules that this one finds."""
    return dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path)))


def answers() -> BinaryIO:
    """Return where a child's answers go, and nothing else from now on: its stdout.

    Libraries may print to file descriptor 1; that goes to stderr instead.
    """
    only_ours = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return only_ours


def serve(answer: Callable[[Any], Iterator[object]]) -> None:
    """Answer a parent's orders until there are no more, over this process's pipes.

    `answer` yields what an order is answered with; it says itself which answer is the last.
    """
    ours = answers()
    die_with_parent()
    try:
        answer_all(sys.stdin.buffer, ours, answer)
    except BrokenPipeError:
        os._exit(1)


def answer_all(
    orders: BinaryIO, answers: BinaryIO, answer: Callable[[Any], Iterator[object]]
) -> None:
    """Read orders until there are no more, and write what each is answered with."""
    while True:
        try:
            order = pickle.load(orders)
        except EOFError:
            return
        for reply in answer(order):
            pickle.dump(reply, answers, protocol=5)
            answers.flush()


def die_with_parent() -> None:
    """End this process soon after the one that started it has ended, however that ended."""
    threading.Thread(target=_die_with, args=(os.getppid(),), daemon=True).start()


def _die_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_FOR_PARENT_S)
    os._exit(1)
