"""Pieces: a video's sound in parts of some minutes, cut where it is quiet. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from indexer.speech.transcribing.sound import RATE, Block, Samples

PIECE_MS = 600_000
# So far before the end of a piece a quiet place is looked for, by the loudness of so much.
_LOOK_BACK = 60 * RATE
_QUIET = 3 * RATE // 10


def pieces(
    blocks: Iterable[Block], from_ms: int = 0, longest_ms: int = PIECE_MS
) -> Iterator[Block]:
    """Join blocks to pieces of at most `longest_ms`, with zeros for silence between them.

    What comes before `from_ms` is left out. Silence that is longer than a piece is in none.
    """
    longest = longest_ms * RATE // 1000
    gathered = _Gathered(from_ms * RATE // 1000)
    for block in blocks:
        late = max(0, gathered.end - block.start)
        if late >= len(block.samples):
            continue
        if block.start - gathered.end > longest:
            if gathered.end > gathered.start:
                yield gathered.taken(gathered.end - gathered.start)
            gathered = _Gathered(block.start)
        gathered.add(Block(block.start + late, block.samples[late:]))
        while gathered.end - gathered.start > longest:
            yield gathered.taken(quietest(gathered.joined()[:longest]))
    if gathered.end > gathered.start:
        yield gathered.taken(gathered.end - gathered.start)


class _Gathered:
    """Samples from `start` to `end` that are still to be cut into pieces."""

    def __init__(self, start: int) -> None:
        self.start = self.end = start
        self._parts: list[Samples] = []

    def add(self, block: Block) -> None:
        """Add a block that begins at the end or later."""
        self._parts += [np.zeros(block.start - self.end, np.float32), block.samples]
        self.end = block.end

    def joined(self) -> Samples:
        """Return all samples as one array."""
        self._parts = [np.concatenate(self._parts)]
        return self._parts[0]

    def taken(self, count: int) -> Block:
        """Take the first `count` samples away and return them."""
        samples = self.joined()
        block = Block(self.start, samples[:count])
        self._parts = [samples[count:]]
        self.start += count
        return block


def quietest(samples: Samples) -> int:
    """Return where, towards the end of some samples, it is quietest."""
    first = max(0, len(samples) - min(_LOOK_BACK, len(samples) // 2))
    tail = samples[first:].astype(np.float64) ** 2
    if len(tail) <= _QUIET:
        return len(samples)
    sums = np.concatenate([[0.0], np.cumsum(tail)])
    loudness = sums[_QUIET:] - sums[:-_QUIET]
    return first + int(np.argmin(loudness)) + _QUIET // 2
