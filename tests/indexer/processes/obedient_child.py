"""What the tests' process does when it is ordered to: numbers, silence, a crash, a lot of noise."""

import os
import sys
import time
from collections.abc import Iterator

from indexer.processes import child_process

LAST = -1


def answer(order: str) -> Iterator[object]:
    """Answer an order of one or two words; the last answer to each is `LAST`."""
    word, _, number = order.partition(" ")
    if word == "count":
        yield from range(int(number))
    elif word == "hang":
        yield 0
        time.sleep(600)
    elif word == "crash":
        yield 0
        os._exit(9)
    elif word == "who":
        yield os.getpid()
    elif word == "print":
        sys.stdout.write("not meant for the parent")
        sys.stdout.flush()
        os.write(1, b"nor this")
    elif word == "garble":
        os.write(_PIPE, b"this is no pickle")
        time.sleep(600)
    yield LAST


# The parent's pipe, before `serve` puts it out of the way of what libraries print.
_PIPE = os.dup(1)

if __name__ == "__main__":
    child_process.serve(answer)
