"""What of a library's texts is embedded: what a description says, each different text once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from indexer.describing.answers.wording import cleaned
from search.embedding.embedder import Embedder
from search.store.rows import SegmentRow

# So many texts are embedded, and written, in one go.
AT_ONCE = 512
_Row = TypeVar("_Row")


def searched_text(row: SegmentRow) -> str:
    """Return what of a segment is embedded: what its description says; sentences stand apart."""
    return cleaned(row.text)


def says_less(row: SegmentRow) -> bool:
    """Whether a segment says less than its words, or nothing: what was embedded once as it was."""
    return not row.text.strip() or searched_text(row) != row.text


def embedded(embedder: Embedder, texts: Sequence[str]) -> NDArray[np.float32]:
    """Return the vectors of texts, shape (texts, dimensions); that of no text is 0, near nothing.

    Still footage and captions say the same again and again: each text is embedded once.
    """
    vectors = np.zeros((len(texts), embedder.identity.dimensions), np.float32)
    if once := {text: row for row, text in enumerate(dict.fromkeys(filter(str.strip, texts)))}:
        said = [row for row, text in enumerate(texts) if text in once]
        different = embedder.documents(list(once))
        vectors[said] = different[[once[texts[row]] for row in said]]
    return vectors


def batched(rows: Iterable[_Row], size: int = AT_ONCE) -> Iterator[list[_Row]]:
    """Yield rows in lists of at most `size`."""
    rows = iter(rows)
    while batch := list(islice(rows, size)):
        yield batch
