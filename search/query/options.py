"""How to search, beside the question itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from indexer.errors import RequestError
from search.query.filters.registry import ANY, Filters
from search.query.parser import Like, Side, Text
from search.ranking.moments import LONGEST_MS

Sort = Literal["score", "time", "video"]


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """What the flags of `search` say; a query string may say the first three too.

    `per_video` bounds the moments of one video (None: as many as there are); `context` is how
    many neighbouring descriptions come with each moment; moments less sure than `min_confidence`
    (0 to 1) are left out, None being the library's own level; `sort` orders the best `limit`
    moments by score, by when the video was made, or by path and place; `rerank` names a
    cross-encoder, a folder or hub id, that puts the best moments in its own order. `side` keeps
    to what is "said" or "seen"; `pictures` are looked
    for by what they show, and `texts` beside those of the query. Only `contents`, fingerprints,
    may answer (None: all), and of those among `parts` (content, start and end in ms) only windows
    that touch one of these.
    """

    filters: Filters = ANY
    nots: tuple[str, ...] = ()
    likes: tuple[Like, ...] = ()
    sort: Sort = "score"
    per_video: int | None = None
    context: int = 0
    min_confidence: float | None = None
    longest_ms: int = LONGEST_MS
    rerank: str | None = None
    side: Side = ""
    pictures: tuple[Path, ...] = ()
    texts: tuple[Text, ...] = ()
    contents: frozenset[str] | None = None
    parts: tuple[tuple[str, int, int], ...] = ()

    def __post_init__(self) -> None:
        if self.per_video is not None and self.per_video < 1:
            raise RequestError("A video gives at least one moment: choose --per-video 1 or more.")
        if self.context < 0:
            raise RequestError("There is no negative context: choose --context 0 or more.")
        if self.min_confidence is not None and not 0 <= self.min_confidence <= 1:
            raise RequestError("Confidence reaches from 0 to 1: choose --min-confidence 0.5, say.")


AS_USUAL = SearchOptions()
