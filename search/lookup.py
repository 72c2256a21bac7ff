"""Looks windows up in the segments table as it is at one moment: by nearness, words, phrases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from search.faults import told
from search.sample import Sample

WORD_COLUMNS = ("text", "transcript")
_COLUMNS = ["fingerprint", "start_ms", "end_ms", "vector"]
# An approximate index looks into this many of its cells, and weighs this many times as many
# rows by their exact vectors (docs/search.md has what other numbers give).
PROBES = 64
REFINE = 1


def quoted(text: str) -> str:
    """Return text as a literal of LanceDB's filter language.

    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


class Snapshot:
    """The segments at one version of their table; what one search reads is all from the same.

    `sample` says what the library says everywhere; None while there is too little of it.
    Rows come as tables of fingerprint, start_ms, end_ms, vector and _rowid, with _score where
    words were asked for. Texts are not among them: reading a thousand of those takes longer than
    finding them, and a few are shown.
    """

    def __init__(self, table: Any, folder: Path, sample: Sample | None) -> None:
        self.sample = sample
        self._table = table
        self._folder = folder
        with told(folder):
            self.version = int(table.version)
            indexed = {column for index in table.list_indices() for column in index.columns}
            rows = table.count_rows()
            staged = table.count_rows("staged = true") if rows else 0
            self._word_columns = [
                column
                for column in WORD_COLUMNS
                if column in indexed and table.count_rows(f"{column} <> ''")
            ]
        self._has_cells = "vector" in indexed
        self.empty = rows == staged
        # Reading a million marks to find all of them false would take longer than all the rest.
        self._shown = "staged = false" if staged else ""

    def where(self, allowed: Sequence[str], others: Sequence[str]) -> str:
        """Return the filter that leaves what is searched of some videos and not of others."""
        if not others:
            return self._shown
        which, listed = ("NOT IN", others) if len(others) < len(allowed) else ("IN", allowed)
        named = f"fingerprint {which} ({', '.join(map(quoted, listed)) or quoted('')})"
        return f"{self._shown} AND {named}" if self._shown else named

    def near(self, vector: NDArray[np.float32], where: str, limit: int) -> pa.Table:
        """Return the `limit` windows nearest to a vector."""
        with told(self._folder):
            search = self._table.search(vector).distance_type("cosine")
            if self._has_cells:
                search = search.nprobes(PROBES).refine_factor(REFINE)
            return _rows(search, where, limit, [*_COLUMNS, "_distance"])

    def with_words(self, words: str, where: str, limit: int) -> list[pa.Table]:
        """Return the `limit` windows that share most of some words, of each column of words."""
        from lancedb.query import MatchQuery

        if not words.strip():
            return []
        columns = [*_COLUMNS, "_score"]
        with told(self._folder):
            return [
                _rows(self._table.search(MatchQuery(words, column)), where, limit, columns)
                for column in self._word_columns
            ]

    def with_phrases(
        self, phrases: Sequence[str], words: str, where: str, limit: int
    ) -> list[pa.Table]:
        """Return windows in which each of the phrases stands as it is.

        The full-text index, which stems words and skips the commonest, finds the rows with the
        words; of those the ones with the phrases are kept.
        """
        from lancedb.query import BooleanQuery, MatchQuery, Occur

        everything = " ".join((*phrases, words))
        columns = [*_COLUMNS, *WORD_COLUMNS]
        with told(self._folder):
            found = []
            for column in self._word_columns:
                must = [(Occur.MUST, MatchQuery(text, column, operator="AND")) for text in phrases]
                should = (Occur.SHOULD, MatchQuery(everything, column))
                search = self._table.search(BooleanQuery([*must, should]))
                found.append(_rows(search, where, limit, [*columns, "_score"]))
            if not any(part.num_rows for part in found):
                # Nothing but the commonest words, which the index does not hold: read the rows.
                literal = " AND ".join(filter(None, (where, *map(_holds, phrases))))
                found = [_rows(self._table.search(), literal, limit, columns)]
        return [_saying(part, phrases) for part in found]

    def words(self, ids: NDArray[np.uint64]) -> list[tuple[str, str]]:
        """Return the description and transcript of each of some rows, in the order asked for."""
        with told(self._folder):
            query = self._table.take_row_ids(ids.tolist()).with_row_id()
            rows = query.select(list(WORD_COLUMNS)).to_arrow()
        said = zip(*(rows[name].to_pylist() for name in WORD_COLUMNS), strict=True)
        # They come in the table's order, whatever order they were asked for in.
        by_id = dict(zip(rows["_rowid"].to_pylist(), said, strict=True))
        return [by_id[number] for number in ids.tolist()]


def _rows(search: Any, where: str, limit: int, columns: list[str]) -> pa.Table:
    if where:
        search = search.where(where, prefilter=True)
    return search.with_row_id(True).select(columns).limit(limit).to_arrow()


def _holds(phrase: str) -> str:
    pattern = quoted(f"%{phrase.lower()}%")
    return f"(lower(text) LIKE {pattern} OR lower(transcript) LIKE {pattern})"


def _saying(rows: pa.Table, phrases: Sequence[str]) -> pa.Table:
    said = zip(*(rows[name].to_pylist() for name in WORD_COLUMNS), strict=True)
    keep = [all(_appears(p, text) or _appears(p, heard) for p in phrases) for text, heard in said]
    return rows.filter(pa.array(keep, pa.bool_()))


def _appears(phrase: str, text: str) -> bool:
    """Whether a phrase stands in a text as whole words, whatever is between them but words."""
    return f" {_spelt(phrase)} " in f" {_spelt(text)} "


def _spelt(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
