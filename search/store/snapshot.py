"""Looks windows up in the segments table as it is at one moment: by nearness, words, phrases."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from indexer.describing.answers.wording import cleaned
from search.ranking.commonness import Sample
from search.store.errors import told
from search.store.provenance import ANSWERED, answered_by
from search.text_folding import words_in

WORD_COLUMNS = ("text", "transcript")
_COLUMNS = ["fingerprint", "start_ms", "end_ms", "vector"]
# An approximate index looks into this many of its cells, and weighs this many times as many
# rows by their exact vectors (docs/search.md has what other numbers give).
PROBES = 64
REFINE = 1
# Up to this share of the videos is left out after the search rather than before, where there is
# an index; so much more than they would need is then looked up.
_FEW = 1 / 3
_SPARE = 1.1


@dataclass(frozen=True, slots=True)
class RowWords:
    """What stands in a row: a description or sentence, and what is said meanwhile.

    Of an answer that was kept, `answered_by` is the model that gave it.
    """

    text: str
    transcript: str = ""
    answered_by: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a search may find: rows that `where`, in LanceDB's filter language, leaves.

    Where that leaves out only few videos they are `less`: it is quicker to find `more` times as
    much under `shown`, which does not name them, and to drop theirs.
    """

    where: str = ""
    shown: str = ""
    less: tuple[str, ...] = ()
    more: float = 1.0

    def within(self, contents: Sequence[str]) -> Scope:
        """Return what of this scope lies in some contents."""
        named = f"fingerprint IN ({', '.join(map(quoted, contents)) or quoted('')})"
        return Scope(f"{self.where} AND {named}" if self.where else named)

    def touching(self, parts: Sequence[tuple[str, int, int]]) -> Scope:
        """Return this scope with, of contents in `parts`, only rows that touch one of their parts.

        A part is a content and [start_ms, end_ms).
        """
        if not parts:
            return self
        contents = ", ".join(quoted(name) for name in dict.fromkeys(name for name, _, _ in parts))
        either = " OR ".join(
            f"(fingerprint = {quoted(name)} AND start_ms < {end_ms} AND end_ms > {start_ms})"
            for name, start_ms, end_ms in parts
        )
        touches = f"(fingerprint NOT IN ({contents}) OR {either})"
        return Scope(f"{self.where} AND {touches}" if self.where else touches)


def quoted(text: str) -> str:
    """Return text as a literal of LanceDB's filter language.

    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


class Snapshot:
    """The segments at one version of their table; what one search reads is all from the same.

    Or the sentences: `words` are the columns that hold words. `sample` says what is said
    everywhere; None while there is too little of it. `answers` are the rows that are answers, not
    descriptions.
    Rows come as tables of fingerprint, start_ms, end_ms, vector and _rowid, with _score where
    words were asked for. Texts are not among them: reading a thousand of those takes longer than
    finding them, and a few are shown.
    """

    def __init__(
        self,
        table: Any,
        folder: Path,
        sample: Sample | None,
        words: tuple[str, ...] = WORD_COLUMNS,
    ) -> None:
        self.sample = sample
        self._words = words
        self._table = table
        self._folder = folder
        with told(folder):
            self.version = int(table.version)
            indexed = {column for index in table.list_indices() for column in index.columns}
            rows = table.count_rows()
            staged = table.count_rows("staged = true") if rows else 0
            self._word_columns = [
                column
                for column in words
                if column in indexed and table.count_rows(f"{column} <> ''")
            ]
            self.answers = self._kept_answers()
        self._used: dict[str, bool] = {}
        self._has_cells = "vector" in indexed
        self.empty = rows == staged
        # Reading a million marks to find all of them false would take longer than all the rest.
        self._shown = "staged = false" if staged else ""

    def _kept_answers(self) -> NDArray[np.uint64]:
        """Return the rows that are answers, not descriptions."""
        kept = f"recipe = {quoted(ANSWERED)}"
        if "recipe" not in self._table.schema.names or not self._table.count_rows(kept):
            return np.empty(0, np.uint64)
        rows = self._table.search().where(kept).select(["start_ms"]).with_row_id(True).to_arrow()
        return np.asarray(rows["_rowid"].to_numpy(), np.uint64)

    def scope(self, allowed: Sequence[str], others: Sequence[str]) -> Scope:
        """Return the scope of a search in some videos and not in others."""
        shown = self._shown
        if not others:
            return Scope(shown)
        which, listed = ("NOT IN", others) if len(others) < len(allowed) else ("IN", allowed)
        named = f"fingerprint {which} ({', '.join(map(quoted, listed)) or quoted('')})"
        where = f"{shown} AND {named}" if shown else named
        videos = len(allowed) + len(others)
        if not self._has_cells or len(others) > _FEW * videos:
            return Scope(where)
        return Scope(where, shown, tuple(others), _SPARE * videos / len(allowed))

    def near(self, vector: NDArray[np.float32], scope: Scope, limit: int) -> pa.Table:
        """Return the `limit` windows nearest to a vector, the nearest first."""

        def search() -> Any:
            near = self._table.search(vector).distance_type("cosine")
            return near.nprobes(PROBES).refine_factor(REFINE) if self._has_cells else near

        with told(self._folder):
            return _within(search, scope, limit, [*_COLUMNS, "_distance"])

    def with_words(self, words: str, scope: Scope, limit: int) -> list[pa.Table]:
        """Return the `limit` windows that share most of some words, of each column of words."""
        from lancedb.query import MatchQuery

        asked = " ".join((words, *_accented(words)))

        def search(column: str) -> Any:
            return self._table.search(MatchQuery(asked, column))

        if not words.strip():
            return []
        columns = [*_COLUMNS, "_score"]
        with told(self._folder):
            return [
                _within(partial(search, column), scope, limit, columns)
                for column in self._word_columns
            ]

    def using(self, words: Collection[str]) -> frozenset[str]:
        """Return those of some words that stand in a description or transcript."""
        from lancedb.query import MatchQuery

        def used(word: str) -> bool:
            asked = " ".join((word, *_accented(word)))
            searches = (self._table.search(MatchQuery(asked, c)) for c in self._word_columns)
            return any(_rows(s, self._shown, 1, ["fingerprint"]).num_rows for s in searches)

        with told(self._folder):
            for word in words:
                if word not in self._used:
                    self._used[word] = used(word)
        return frozenset(word for word in words if self._used[word])

    def with_phrases(
        self, phrases: Sequence[str], words: str, scope: Scope, limit: int
    ) -> list[pa.Table]:
        """Return windows in which each of the phrases stands as it is.

        The full-text index, which stems words and skips the commonest, finds the rows with the
        words; of those the ones with the phrases are kept.
        """
        from lancedb.query import BooleanQuery, MatchQuery, Occur

        everything = " ".join((*phrases, words))
        columns = [*_COLUMNS, *self._words]
        with told(self._folder):
            found = []
            for column in self._word_columns:
                must = []
                for text in phrases:
                    spellings = [
                        (Occur.SHOULD, MatchQuery(each, column, operator="AND"))
                        for each in (text, *_spellings(text))
                    ]
                    either = BooleanQuery(spellings) if len(spellings) > 1 else spellings[0][1]
                    must.append((Occur.MUST, either))
                should = (Occur.SHOULD, MatchQuery(everything, column))
                search = self._table.search(BooleanQuery([*must, should]))
                found.append(_rows(search, scope.where, limit, [*columns, "_score"]))
            if not any(part.num_rows for part in found):
                # Nothing but the commonest words, which the index does not hold: read the rows.
                held = (_holds(phrase, self._words) for phrase in phrases)
                literal = " AND ".join(filter(None, (scope.where, *held)))
                found = [_rows(self._table.search(), literal, limit, columns)]
        return [_saying(part, phrases, self._words) for part in found]

    def words(self, ids: NDArray[np.uint64]) -> list[RowWords]:
        """Return the words of each of some rows, in their order."""
        described = "transcript" in self._words  # else the rows are sentences
        columns = [*self._words, "recipe", "extra"] if described else list(self._words)
        with told(self._folder):
            query = self._table.take_row_ids(ids.tolist()).with_row_id()
            rows = query.select(columns).to_arrow().to_pylist()
        # They come in the table's order, whatever order they were asked for in.
        by_id = {row["_rowid"]: row for row in rows}
        return [_row_words(by_id[number]) for number in ids.tolist()]


def _row_words(row: Mapping[str, Any]) -> RowWords:
    whose = ""
    if row.get("recipe") == ANSWERED:
        whose = answered_by(json.loads(row["extra"] or "{}")) or ANSWERED
    return RowWords(row["text"], row.get("transcript", ""), whose)


_VOWELS = str.maketrans("aeiou", "äëïöü")


def _accented(words: str) -> list[str]:
    """Return how words are to be written so that they are found where they have accents.

    The index first stems, by rules that know no accents, and then takes those away: of Käthe it
    holds kathe, but for kathe it looks up kath.
    """
    written = [_with_accents(word) for word in words_in(words)]
    return [new for new in dict.fromkeys(written) if new]


def _spellings(phrase: str) -> list[str]:
    """Return a phrase with one of its words, and with all of them, written with accents."""
    words = words_in(phrase)
    new = [_with_accents(word) or word for word in words]
    some = [" ".join((*words[:i], new[i], *words[i + 1 :])) for i in range(len(words))]
    plain = " ".join(words)
    return [each for each in dict.fromkeys((*some, " ".join(new))) if each != plain]


def _with_accents(word: str) -> str:
    """Return a word whose stem depends on accents with all it can have; '' for another one."""
    if not word.endswith("e") or not word.isascii():
        return ""
    accented = f"{word[:-1].translate(_VOWELS)}e"
    return "" if accented == word else accented


def _within(search: Callable[[], Any], scope: Scope, limit: int, columns: list[str]) -> pa.Table:
    """Return the first `limit` rows that a search, made anew each time, finds in a scope."""
    if scope.less:
        wanted = ceil(scope.more * limit)
        found = _rows(search(), scope.shown, wanted, columns)
        unwanted = pc.is_in(found["fingerprint"], value_set=pa.array(scope.less))
        left = found.filter(pc.invert(unwanted))
        if left.num_rows >= limit or found.num_rows < wanted:
            return left.slice(0, limit)
    return _rows(search(), scope.where, limit, columns)


def _rows(search: Any, where: str, limit: int, columns: list[str]) -> pa.Table:
    if where:
        search = search.where(where, prefilter=True)
    return search.with_row_id(True).select(columns).limit(limit).to_arrow()


def _holds(phrase: str, columns: Sequence[str]) -> str:
    pattern = quoted(f"%{phrase.lower()}%")
    return f"({' OR '.join(f'lower({column}) LIKE {pattern}' for column in columns)})"


def _saying(rows: pa.Table, phrases: Sequence[str], columns: Sequence[str]) -> pa.Table:
    described = "transcript" in columns  # else the rows are sentences, as they were said
    said = zip(
        *(
            [cleaned(text) for text in rows[name].to_pylist()]
            if described and name == "text"
            else rows[name].to_pylist()
            for name in columns
        ),
        strict=True,
    )
    keep = [all(any(_appears(p, text) for text in row) for p in phrases) for row in said]
    return rows.filter(pa.array(keep, pa.bool_()))


def _appears(phrase: str, text: str) -> bool:
    """Whether a phrase stands in a text as whole words, whatever is between them but words."""
    return f" {_spelt(phrase)} " in f" {_spelt(text)} "


def _spelt(text: str) -> str:
    return " ".join(words_in(text))
