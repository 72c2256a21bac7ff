"""Sentences in and out as JSON lines: what one machine wrote down, another can search."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.scanning.scan import absolute
from indexer.speech.speech_ledger import IMPORTED, NONE, WINDOWS, WordsRecord
from indexer.speech.transcribing.sentences import Sentence
from search.store.sentence_table import SentenceRow
from search.store.stored_paths import to_path, to_text
from search.store.tables import FileRow, Store, VideoRow
from search.store.writer import Told, Writer, beyond

# What a line of a sentence has instead of a description.
SAID = "said"
_LONGEST_MS = 10**12


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence of a video on its way in or out."""

    video: Path
    duration_ms: int
    sentence: Sentence


def spoken_line(spoken: Spoken) -> str:
    """Return a sentence as a JSON object on one line; times in seconds."""
    said = spoken.sentence
    facts: dict[str, object] = {
        "video": to_text(spoken.video),
        "duration": spoken.duration_ms / 1000,
        "start": said.start_ms / 1000,
        "end": said.end_ms / 1000,
        SAID: said.text,
    }
    if said.language:
        facts["language"] = said.language
    return json.dumps(facts, ensure_ascii=False)


def spoken_of(facts: dict[str, Any], folder: Path) -> Spoken:
    """Read a line; a relative video path counts from `folder`.

    Raises:
        ValueError, KeyError, TypeError, OverflowError: it is no such object.
    """
    start_ms, end_ms = (round(1000 * float(facts[name])) for name in ("start", "end"))
    if not 0 <= start_ms < end_ms <= _LONGEST_MS:
        raise ValueError("start and end are no stretch of time")
    if not isinstance(facts[SAID], str) or not isinstance(facts["video"], str):
        raise TypeError("video and said must be strings")
    duration_ms = max(round(1000 * float(facts.get("duration") or 0)), end_ms)
    sentence = Sentence(start_ms, end_ms, facts[SAID], str(facts.get("language") or ""))
    return Spoken(absolute(folder / to_path(facts["video"])), duration_ms, sentence)


def apart(items: Iterable[Any], spoken: list[Spoken], videos: set[Path]) -> Iterator[Any]:
    """Yield what is no sentence, and note its video; put the sentences into `spoken`."""
    for item in items:
        if isinstance(item, Spoken):
            spoken.append(item)
        else:
            videos.add(item.video)
            yield item


def take_in_sentences(
    spoken: Iterable[Spoken], identity_of: Any, writer: Writer, store: Store, told: Told
) -> int:
    """Add sentences through `writer`; return how many were new.

    Of a video whose words are known for themselves none are taken in. `identity_of` names the
    content at a path that the library does not know; `told` hears now and then how many have been
    dealt with.
    """
    by_video: dict[Path, list[Spoken]] = {}
    for item in spoken:
        by_video.setdefault(item.video, []).append(item)
    added = dealt_with = 0
    for path, items in by_video.items():
        told(dealt_with)
        before, dealt_with = dealt_with, dealt_with + len(items)
        identity = writer.fingerprint(path) or identity_of(path)
        duration_ms = max(item.duration_ms for item in items)
        writer.add_videos(
            [FileRow(to_text(path), identity, 0, 0, "", imported=True)],
            [VideoRow(identity, duration_ms, 0, duration_ms, 0, 0, "", "")],
        )
        known = writer.words(identity)
        if known is not None and known.key not in {IMPORTED, NONE, WINDOWS}:
            continue
        rows = store.sentences.of(identity) if known and known.key == IMPORTED else []
        there = {(row.start_ms, row.end_ms, row.text) for row in rows}
        new = {(s.start_ms, s.end_ms, s.text): s for s in (item.sentence for item in items)}
        fresh = [said for key, said in sorted(new.items()) if key not in there]
        writer.add_sentences(
            [
                SentenceRow(identity, s.start_ms, s.end_ms, s.text, s.language, IMPORTED, False)
                for s in fresh
            ],
            beyond(told, before),
        )
        writer.know_words(identity, WordsRecord(IMPORTED, True))
        added += len(fresh)
    return added
