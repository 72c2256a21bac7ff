"""Embeds all that a library says anew, into tables of its own beside those that are searched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from indexer.describing.answers.wording import WORDING
from search.embedding.embedder import Embedder
from search.store.lost_manifest import number_of
from search.store.manifest import Manifest
from search.store.tables import Store
from search.store.writing.embedded_text import (
    AT_ONCE,
    batched,
    embedded,
    says_less,
    searched_text,
)


@dataclass(frozen=True, slots=True)
class Reembedded:
    """Tables whose descriptions are embedded anew, `count` of them, and the manifest they need."""

    tables: Store
    manifest: Manifest
    count: int


def embed_anew(
    folder: Path,
    store: Store,
    known: Manifest,
    embedder: Embedder,
    told: Callable[[int, int], None],
    *,
    only_cleaned: bool,
) -> Reembedded:
    """Embed what a library of this manifest holds into new tables.

    With `only_cleaned`, descriptions that are embedded as they are written keep their vectors,
    unless something is left out of them now. `told` hears how many are done, of how many.
    """
    name = f"segments_{number_of(known.segments) + 1}"
    store.drop_table(name)  # what an interrupted run left
    into = Store(folder, embedder.identity.dimensions, name, embedder.identity)
    total, done, count = store.count(), 0, 0
    for rows, vectors in store.with_vectors(AT_ONCE):
        chosen = [
            i
            for i, row in enumerate(rows)
            if not only_cleaned or says_less(row) or (known.mixed and row.transcript)
        ]
        made = embedded(embedder, [searched_text(rows[i]) for i in chosen])
        if only_cleaned:
            vectors[chosen] = made
        into.add_segments(rows, vectors if only_cleaned else made)
        done, count = done + len(rows), count + len(chosen)
        told(done, total)
    for said in batched(store.sentences.every()):
        into.sentences.add(said, embedded(embedder, [row.text for row in said]))
    into.tidy()
    changed = replace(
        known, embedder=embedder.identity, segments=name, wording=WORDING, mixed=False
    )
    return Reembedded(into, changed, count)
