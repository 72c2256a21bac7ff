"""Transcripts of windows, as older libraries keep them: made sentences, with windows' times."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from indexer.speech.speech_ledger import WINDOWS, WordsRecord
from search.embedding.embedder import Embedder
from search.store.rows import SegmentRow, SentenceRow
from search.store.tables import Store
from search.store.writing.embedded_text import batched, embedded, searched_text
from search.store.writing.writer import Writer

_LONGEST = 300
_AFTER_AN_END = re.compile(r"(?<=[.?!…。？！])\s+")


def embed_apart(
    store: Store, writer: Writer, embedder: Embedder, told: Callable[[int], None]
) -> int:
    """Embed descriptions anew that were embedded together with transcripts; return how many.

    What is said becomes sentences. `told` hears how many descriptions are done.
    """
    done = 0
    spoken = [row for row in store.every_segment(staged=None) if row.transcript]
    for rows in batched(spoken):
        store.rewrite_segments(rows, embedded(embedder, [searched_text(row) for row in rows]))
        done += len(rows)
        told(done)
    keep_windows_words(store, writer)
    return done


def keep_windows_words(store: Store, writer: Writer, only: frozenset[str] | None = None) -> None:
    """Keep the transcripts of windows as sentences where nothing else is known of what is said.

    `only` are the contents looked at; None: all.
    """
    spoken: dict[str, list[SegmentRow]] = {}
    rows = (
        store.every_segment()
        if only is None
        else (row for each in sorted(only) for row in store.segments(each))
    )
    for row in rows:
        if row.transcript:
            spoken.setdefault(row.fingerprint, []).append(row)
    for fingerprint, windows in spoken.items():
        known = writer.words(fingerprint)
        if known is not None and known.key != WINDOWS:
            continue
        store.sentences.drop_after(fingerprint, WINDOWS, 0)
        writer.add_sentences(list(_sentences(windows)))
        writer.know_words(fingerprint, WordsRecord(WINDOWS, True))


def _sentences(windows: Iterable[SegmentRow]) -> Iterator[SentenceRow]:
    """Yield what is said in windows, sentence by sentence; what two of them share, once."""
    last: frozenset[str] = frozenset()
    for window in sorted(windows, key=lambda row: (row.start_ms, row.end_ms)):
        parts = [text[:_LONGEST] for text in _AFTER_AN_END.split(window.transcript) if text.strip()]
        for text in parts:
            if text not in last:
                yield SentenceRow(
                    window.fingerprint, window.start_ms, window.end_ms, text, "", WINDOWS, False
                )
        last = frozenset(parts)
