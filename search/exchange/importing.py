"""Takes in descriptions and sentences that were made elsewhere; what is there already, once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from indexer.recipe import Recipe
from indexer.speech.speech_ledger import IMPORTED as IMPORTED_WORDS
from indexer.speech.speech_ledger import NONE, WINDOWS, WordsRecord
from indexer.windows import Window
from search.exchange.descriptions import Description
from search.exchange.sentences import Spoken
from search.exchange.video_facts import IMPORTED, About, identity_of
from search.store.provenance import ANSWERED, answered_by
from search.store.rows import FileRow, SegmentRow, SentenceRow, VideoRow
from search.store.stored_paths import to_text
from search.store.tables import Store
from search.store.upgrades.legacy_transcripts import keep_windows_words
from search.store.writing.embedded_text import Told, batched, beyond, nobody
from search.store.writing.writer import Writer
from search.text_folding import composed

_BATCH = 4_096


def take_in(
    items: Iterable[Description | Spoken], writer: Writer, store: Store, told: Told = nobody
) -> int:
    """Add descriptions and sentences through `writer`; return how many were new.

    What is said in windows of which no sentences come is kept as sentences with their windows'
    times. `told` hears now and then how many have been dealt with.
    """
    spoken: dict[Path, list[Spoken]] = {}
    descriptions = _Descriptions(writer, store)
    added = dealt_with = 0
    with store.in_bulk():
        for batch in batched(_without_sentences(items, spoken), _BATCH):
            added += descriptions.add(batch, beyond(told, dealt_with))
            dealt_with += len(batch)
            told(dealt_with)
        descriptions.call_complete()
    for path, said in spoken.items():
        added += _take_in_sentences(path, said, writer, store, beyond(told, dealt_with))
        dealt_with += len(said)
        told(dealt_with)
    described = frozenset(map(writer.fingerprint, descriptions.identities))
    keep_windows_words(store, writer, described)
    return added


def _without_sentences(
    items: Iterable[Description | Spoken], spoken: dict[Path, list[Spoken]]
) -> Iterator[Description]:
    """Yield the descriptions; put the sentences into `spoken`, by their videos."""
    for item in items:
        if isinstance(item, Spoken):
            spoken.setdefault(item.video, []).append(item)
        else:
            yield item


class _Descriptions:
    """Descriptions on their way in; `identities` are the contents of the videos met."""

    def __init__(self, writer: Writer, store: Store) -> None:
        self.identities: dict[Path, str] = {}
        self._writer = writer
        self._store = store
        self._there: dict[str, set[tuple[int, int, str]]] = {}
        self._recipes: dict[str, Recipe] = {}
        self._new: set[str] = set()
        # By content: the recipe under which all its windows are said to come, and their number.
        self._claims: dict[str, tuple[str, int]] = {}

    def add(self, batch: Sequence[Description], told: Told) -> int:
        """Keep some descriptions; return how many were new. `told` hears how many are there."""
        files, videos, rows = [], [], []
        for description in batch:
            path, about = description.video, description.about
            if path not in self.identities:
                identity = self._meet(path, about)
                files.append(_file(path, identity, about))
                videos.append(_video(identity, description.duration_ms, about))
            self._learn(description)
            row = _row(description, self.identities[path])
            said, there = (row.start_ms, row.end_ms, row.text), self._there[row.fingerprint]
            if said not in there:
                there.add(said)
                rows.append(row)
        self._writer.add_videos(files, videos)
        self._writer.add(rows, beyond(told, len(batch) - len(rows)))
        return len(rows)

    def _meet(self, path: Path, about: About) -> str:
        """Find out which content a video is that was not met before."""
        identity = self._writer.fingerprint(path) or about.fingerprint or identity_of(path)
        self.identities[path] = identity
        if not self._writer.knows(identity):
            self._new.add(identity)
        rows = self._store.segments(identity, answers=True)
        self._there[identity] = {(row.start_ms, row.end_ms, row.text) for row in rows}
        return identity

    def _learn(self, description: Description) -> None:
        """Remember how a video was described, and whether that is said to be all of it."""
        recipe, windows = description.about.recipe, description.about.windows
        if recipe is None:
            return
        if recipe.key not in self._recipes:
            self._recipes[recipe.key] = recipe
            self._writer.learn(recipe)
        identity = self.identities[description.video]
        if windows and identity in self._new:
            self._claims.setdefault(identity, (recipe.key, windows))

    def call_complete(self) -> None:
        """Remember which of the new videos are whole."""
        for identity, (key, windows) in self._claims.items():
            kept = [row for row in self._store.segments(identity) if row.recipe == key]
            if len(kept) == windows:  # else only a part of it was exported, or came through
                self._writer.call_complete(identity, key)


def _file(path: Path, identity: str, about: About) -> FileRow:
    size_bytes, mtime_ns = about.size_bytes, about.mtime_ns
    if not mtime_ns:
        with suppress(OSError):
            status = path.stat()
            size_bytes, mtime_ns = status.st_size, status.st_mtime_ns
    return FileRow(to_text(path), identity, size_bytes, mtime_ns, "", imported=True)


def _video(identity: str, duration_ms: int, about: About) -> VideoRow:
    span = about.span or Window(0, max(duration_ms, 1))
    return VideoRow(
        identity,
        duration_ms,
        span.start_ms,
        span.end_ms,
        about.width,
        about.height,
        about.note,
        "",
        about.recorded_ms,
    )


def _row(description: Description, identity: str) -> SegmentRow:
    segment = description.segment
    extra = json.dumps(description.extra, ensure_ascii=False) if description.extra else ""
    recipe = description.about.recipe.key if description.about.recipe else IMPORTED
    answer = bool(answered_by(description.extra))
    return SegmentRow(
        identity,
        segment.window.start_ms,
        segment.window.end_ms,
        composed(segment.text),
        "" if answer else composed(segment.transcript),
        ANSWERED if answer else recipe,
        False,
        extra,
    )


def _take_in_sentences(
    path: Path, spoken: Sequence[Spoken], writer: Writer, store: Store, told: Told
) -> int:
    """Add the sentences of one video; return how many were new.

    Of a video whose words are known for themselves none are taken in.
    """
    identity = writer.fingerprint(path) or identity_of(path)
    duration_ms = max(item.duration_ms for item in spoken)
    writer.add_videos(
        [FileRow(to_text(path), identity, 0, 0, "", imported=True)],
        [VideoRow(identity, duration_ms, 0, duration_ms, 0, 0, "", "")],
    )
    known = writer.words(identity)
    if known is not None and known.key not in {IMPORTED_WORDS, NONE, WINDOWS}:
        return 0
    rows = store.sentences.of(identity) if known and known.key == IMPORTED_WORDS else []
    there = {(row.start_ms, row.end_ms, row.text) for row in rows}
    new = {(s.start_ms, s.end_ms, s.text): s for s in (item.sentence for item in spoken)}
    fresh = [said for key, said in sorted(new.items()) if key not in there]
    writer.add_sentences(
        [
            SentenceRow(identity, s.start_ms, s.end_ms, s.text, s.language, IMPORTED_WORDS, False)
            for s in fresh
        ],
        told,
    )
    writer.know_words(identity, WordsRecord(IMPORTED_WORDS, True))
    return len(fresh)
