"""Gives out all that is known of a library's videos, to be taken in elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from indexer.recipe import Recipe
from indexer.speech.speech_ledger import WINDOWS
from indexer.speech.transcribing.sentences import Sentence
from indexer.video import Video
from search.exchange.descriptions import Description
from search.exchange.sentences import Spoken
from search.exchange.video_facts import About, about_video
from search.store.rows import segment_of
from search.store.tables import Store


def every_description(
    store: Store, videos: Mapping[str, Video], recipes: Mapping[str, Recipe]
) -> Iterator[Description]:
    """Yield every description in its model's own words; `videos` are by their contents."""
    complete = {row.fingerprint: row.recipe for row in store.videos()}
    counts = store.counts()
    abouts: dict[tuple[str, str], About] = {}
    for row in store.every_segment():
        if (video := videos.get(row.fingerprint)) is None:
            continue
        key = row.fingerprint, row.recipe
        if key not in abouts:
            recipe = recipes.get(row.recipe)
            whole = recipe is not None and complete.get(row.fingerprint) == row.recipe
            windows = counts.get(row.fingerprint, 0) if whole else 0
            abouts[key] = about_video(video, recipe, windows)
        extra: dict[str, object] = json.loads(row.extra) if row.extra else {}
        yield Description(video.path, video.duration_ms, segment_of(row), extra, abouts[key])


def every_sentence(store: Store, videos: Mapping[str, Video]) -> Iterator[Spoken]:
    """Yield every sentence whose own times are known; `videos` are by their contents."""
    for row in store.sentences.every(staged=False):
        if (video := videos.get(row.fingerprint)) is not None and row.key != WINDOWS:
            said = Sentence(row.start_ms, row.end_ms, row.text, row.language)
            yield Spoken(video.path, video.duration_ms, said)
