"""One question from its string to its moments: read, filter, find, cut to size, add context."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.describing.answers.wording import cleaned
from indexer.errors import LibraryError, RequestError
from indexer.scanning.file_names import composed
from indexer.scanning.scan import absolute
from indexer.video import Video
from search.candidate_lookup import Side
from search.catalogue.video_selection import nothing_called, the_one
from search.embedding.embedder import QueryEncoder
from search.finder import Finder
from search.query.filters.date import made_s
from search.query.filters.path import path_holds, path_matches
from search.query.filters.registry import ANY, Filters, joined, passing
from search.query.options import SearchOptions
from search.query.parser import EMPTY, Like, Query, parse
from search.ranking.confidence import LEVEL, falling, strays_later
from search.ranking.fusion import Ranking
from search.ranking.moments import Moment
from search.ranking.sequences import Found
from search.ranking.video_names import Names
from search.rerank import RERANKED, Reranker, reorder
from search.store.snapshot import Scope, Snapshot
from search.store.tables import Store


class Asking:
    """Answers queries from a store; `copies` are the videos of each fingerprint.

    `names` are what they are called, `hidden` contents that are described and not to be found.
    """

    def __init__(
        self,
        store: Store,
        encoder: Callable[[], QueryEncoder],
        copies: Mapping[str, Sequence[Video]],
        ranking: Ranking,
        folder: Path,
        reranker: Callable[[str], Reranker],
        names: Names,
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        self._names = names
        self._hidden = hidden
        self._store = store
        self._copies = copies
        self._folder = folder
        self._encoder = encoder
        self._ranking = ranking
        self._reranker = reranker

    def ask(self, text: str, limit: int, options: SearchOptions) -> list[Moment]:
        """Return the `limit` best moments, in the order asked for.

        Of filters alone those are the videos that pass, whole, the newest first.

        Raises:
            RequestError: the query is empty or makes no sense.
            LibraryError: nothing has been described yet.
        """
        query = with_options(parse(text), options)
        if query.empty:
            raise RequestError(EMPTY)
        snapshot, spoken = self._store.snapshot(), self._store.sentences.snapshot()
        if snapshot.empty and spoken.empty:
            raise LibraryError(
                f"The library in {self._folder} is empty: run `scenelist index FOLDER` first."
            )
        if query.lists:
            return self._listed(query.filters, limit, options)
        reranker = self._reranker(options.rerank) if options.rerank else None
        likes = [self._like(like) for like in query.likes]
        directions = [(vector, weight) for vector, weight, _ in likes]
        looked_at = max(limit, RERANKED) if reranker else limit
        passes = passing(query.filters)
        sides = [
            Side(snapshot, self._scope(snapshot, query.filters, passes, options)),
            Side(spoken, self._scope(spoken, query.filters, passes, options), said=True),
        ]
        finder = Finder(sides, self._encoder, self._copies, self._ranking, self._names)
        found = finder.find(query, directions, options, looked_at)
        level = LEVEL if options.min_confidence is None else options.min_confidence
        itself = [where for _, _, where in likes]
        kept = (f for f in found if f.confidence >= level and not _is_one_of(f, itself))
        best = list(islice(strays_later(kept, lambda f: f.confidence), looked_at))
        if reranker:
            best = reorder(best, query, reranker, self._ranking.again)[:limit]
        sure = falling(item.confidence for item in best)
        best = [replace(item, confidence=value) for item, value in zip(best, sure, strict=True)]
        moments = [self._moment(item, passes, options.context) for item in best]
        return arranged(moments, options)

    def _scope(
        self,
        snapshot: Snapshot,
        filters: Filters,
        passes: Callable[[Video], bool],
        options: SearchOptions,
    ) -> Scope:
        """Return what is searched: the segments of the videos that may answer."""
        contents = options.contents
        if filters == ANY and not self._hidden and contents is None:
            return snapshot.scope((), ())
        may: dict[bool, list[str]] = {True: [], False: list(self._hidden)}
        for name, videos in self._copies.items():
            meant = contents is None or name in contents
            may[meant and any(map(passes, videos))].append(name)
        return snapshot.scope(may[True], may[False]).touching(options.parts)

    def _listed(self, filters: Filters, limit: int, options: SearchOptions) -> list[Moment]:
        """Return the videos that pass some filters, whole, with what is seen first in each."""
        passes, contents = passing(filters), options.contents
        passed = [
            some
            for name, videos in self._copies.items()
            if (contents is None or name in contents) and (some := [*filter(passes, videos)])
        ]
        passed.sort(key=lambda some: (-made_s(some[0]), some[0].path))
        moments = []
        for video in map(here, passed[:limit]):
            first = next(iter(self._store.segments(video.fingerprint)), None)
            text, transcript = (cleaned(first.text), first.transcript) if first else ("", "")
            span = video.span
            moment = Moment(video, span.start_ms, span.end_ms, 1.0, text, transcript, listed=True)
            moments.append(moment)
        return arranged(moments, options)

    def _like(self, like: Like) -> tuple[NDArray[np.float32], float, tuple[str, int, int]]:
        """Return the vector of the window at a moment, its weight, and where that window is."""
        fingerprint = self._named(like.path)
        window = self._store.window_at(fingerprint, like.at_ms)
        if window is None or not window[0].any():
            raise RequestError(
                f"Nothing is described at {like.at_ms / 1000:g} s of {like.path}:"
                " `scenelist show` lists what is."
            )
        vector, start_ms, end_ms = window
        return vector, like.weight, (fingerprint, start_ms, end_ms)

    def _named(self, path: str) -> str:
        """Return the content at a path, else the one that is called so, wholly or in part.

        Raises:
            RequestError: nothing is called so, or several are.
        """
        exact, whole = absolute(path), composed(absolute(path))
        closeness: tuple[Callable[[Video], bool], ...] = (
            lambda video: video.path == exact,
            lambda video: composed(video.path) == whole,
            lambda video: path_matches(video.path.as_posix(), path),
            lambda video: path_holds(video.path.as_posix(), path),
        )
        for is_called in closeness:
            called = {
                fingerprint: next(filter(is_called, videos))
                for fingerprint, videos in self._copies.items()
                if any(map(is_called, videos))
            }
            if called:
                return the_one([*called.values()], path).fingerprint
        raise nothing_called(path, [v for videos in self._copies.values() for v in videos])

    def _moment(self, item: Found, passes: Callable[[Video], bool], context: int) -> Moment:
        copies = self._copies[item.fingerprint]
        text = item.text
        if item.said and not text:
            middle_ms = (item.start_ms + item.end_ms) // 2
            text = cleaned(self._store.text_at(item.fingerprint, middle_ms))
        moment = Moment(
            here([*filter(passes, copies)] or copies),
            item.start_ms,
            item.end_ms,
            item.score,
            text,
            item.transcript,
            item.confidence,
            best_ms=item.best_ms,
            said=item.said,
            answered_by=item.answered_by,
        )
        if not context:
            return moment
        segments = self._store.segments(item.fingerprint)
        before = [cleaned(s.text) for s in segments if s.end_ms <= item.start_ms][-context:]
        after = [cleaned(s.text) for s in segments if s.start_ms >= item.end_ms][:context]
        return replace(moment, before=tuple(before), after=tuple(after))


def here(copies: Sequence[Video]) -> Video:
    """Return the first of some copies that lies where it was seen, or the first."""
    return next((video for video in copies if video.path.exists()), copies[0])


def with_options(query: Query, options: SearchOptions) -> Query:
    """Return a query with what the flags say added to what its string says."""
    filters = joined(query.filters, options.filters)
    if query.also is not None and options.side:
        raise RequestError("The question says what is said and what is seen: leave --by out.")
    return replace(
        query,
        texts=tuple(
            replace(text, text=_readable(text.text)) for text in query.texts + options.texts
        ),
        phrases=tuple(map(_readable, query.phrases)),
        steps=tuple(map(_readable, query.steps)),
        nots=tuple(map(_readable, query.nots + options.nots)),
        likes=query.likes + options.likes,
        filters=filters,
        side=query.side or options.side,
    )


def _readable(text: str) -> str:
    """Return words composed, without what is no character: bytes typed that are not UTF-8."""
    return unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())


def _is_one_of(item: Found, places: list[tuple[str, int, int]]) -> bool:
    return any(
        item.fingerprint == fingerprint and item.start_ms < end_ms and start_ms < item.end_ms
        for fingerprint, start_ms, end_ms in places
    )


def arranged(moments: list[Moment], options: SearchOptions) -> list[Moment]:
    """Return moments, best first, in the order asked for."""
    if options.sort == "time":
        return sorted(moments, key=lambda m: (made_s(m.video), m.video.path, m.start_ms))
    if options.sort == "video":
        return sorted(moments, key=lambda m: (m.video.path, m.start_ms))
    return moments
