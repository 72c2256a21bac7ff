"""What of a library's texts is embedded: what a description says, each different text once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from indexer.describing.answers.wording import cleaned
from search.embedding.embedder import Embedder
from search.store.rows import SegmentRow

# So many texts are embedded, and written, in one go.
AT_ONCE = 512
# Texts between two times that an embedding says how far it is: a second or so.
_TOLD_EVERY = 64
# Hears how many are done.
Told = Callable[[int], None]
_Row = TypeVar("_Row")


def searched_text(row: SegmentRow) -> str:
    """Return what of a segment is embedded: what its description says; sentences stand apart."""
    return cleaned(row.text)


def says_less(row: SegmentRow) -> bool:
    """Whether a segment says less than its words, or nothing: what was embedded once as it was."""
    return not row.text.strip() or searched_text(row) != row.text


def nobody(done: int) -> None:
    """Hear how far something is where nobody wants to know."""


def beyond(told: Told, before: int) -> Told:
    """Return who hears of what comes after so many, and tells of all."""
    return lambda done: told(before + done)


def embedded(embedder: Embedder, texts: Sequence[str], told: Told = nobody) -> NDArray[np.float32]:
    """Return the vectors of texts, shape (texts, dimensions); that of no text is 0, near nothing.

    Still footage and captions say the same again and again: each text is embedded once. `told`
    hears now and then of how many of the texts the vectors are there.
    """
    vectors = np.zeros((len(texts), embedder.identity.dimensions), np.float32)
    rows: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        if text.strip():
            rows.setdefault(text, []).append(row)
    done = len(texts) - sum(map(len, rows.values()))
    for some in batched(rows, _TOLD_EVERY):
        for text, vector in zip(some, embedder.documents(some), strict=True):
            vectors[rows[text]] = vector
            done += len(rows[text])
        told(done)
    return vectors


def batched(rows: Iterable[_Row], size: int = AT_ONCE) -> Iterator[list[_Row]]:
    """Yield rows in lists of at most `size`."""
    rows = iter(rows)
    while batch := list(islice(rows, size)):
        yield batch
