"""The process that describes on one device of several: clips on stdin, words on stdout."""

from __future__ import annotations

import os
import pickle
import sys
import threading
import traceback
from queue import Queue
from typing import BinaryIO

from indexer.describing.describer import describer_kind
from indexer.describing.multi_device import Ready, Setup, Sorry, Words
from indexer.errors import ModelError
from indexer.media.clip import Clip
from indexer.processes import child_process


def serve(setup: Setup, pieces: Queue[list[Clip]], answers: BinaryIO) -> None:
    """Load a describer, then put pieces into words until the process is ended."""
    try:
        kind = describer_kind(setup.options.model)
        describer = kind.load(setup.options, setup.checkpoint, lambda _: None)
        _say(Ready(describer.edge, describer.square, describer.batch_size), answers)
        while True:
            _say(Words(describer.describe(pieces.get())), answers)
    except ModelError as error:
        _say(Sorry(str(error), told=True), answers)
    except Exception:
        _say(Sorry(traceback.format_exc(), told=False), answers)


def _say(reply: Ready | Words | Sorry, answers: BinaryIO) -> None:
    pickle.dump(reply, answers, protocol=5)
    answers.flush()


def _fetch(pieces: Queue[list[Clip]]) -> None:
    """Fetch the next piece while one is described; without a parent, end at once."""
    while True:
        try:
            piece = pickle.load(sys.stdin.buffer)
        except (EOFError, pickle.UnpicklingError):
            os._exit(1)
        pieces.put(piece)


def main() -> None:
    """Serve the parent process over this process's pipes."""
    answers = child_process.answers()
    setup: Setup = pickle.load(sys.stdin.buffer)
    pieces: Queue[list[Clip]] = Queue(maxsize=1)
    threading.Thread(target=_fetch, args=(pieces,), daemon=True).start()
    serve(setup, pieces, answers)
    os._exit(1)  # without waiting for the thread at stdin


if __name__ == "__main__":
    main()
