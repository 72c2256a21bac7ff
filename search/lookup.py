"""Looks windows up in the segments table: by nearness of vectors, by words, by phrases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def quoted(text: str) -> str:
    """Return text as a literal of LanceDB's filter language.

    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


WORD_COLUMNS = ("text", "transcript")
_COLUMNS = ["fingerprint", "start_ms", "end_ms", "text", "transcript", "vector"]
# An approximate index looks into this many of its cells, and weighs this many times as many
# rows by their exact vectors: recall@10 stays above 0.95 at a million rows.
PROBES = 40
REFINE = 2


@dataclass(frozen=True, slots=True)
class Candidates:
    """Windows that may answer, a row each: `rows` has their columns, `vectors` shape (n, d).

    `keywords` is each row's BM25 score for the words asked, 0 where none of them appears.
    """

    rows: pa.Table
    vectors: NDArray[np.float32]
    keywords: NDArray[np.float32]


def look_up(
    table: Any,
    vector: NDArray[np.float32] | None,
    words: str,
    phrases: tuple[str, ...],
    where: str,
    limit: int,
) -> Candidates:
    """Return up to `limit` windows nearest to `vector`, and as many that share `words`.

    With `phrases`, only windows in which each of them appears as it stands.
    """
    found: list[pa.Table] = []
    indexed = _indexed(table)
    if phrases:
        return _with_phrases(table, words, phrases, where, limit, indexed)
    if vector is not None:
        near = table.search(vector).distance_type("cosine")
        if "vector" in indexed:
            near = near.nprobes(PROBES).refine_factor(REFINE)
        found.append(_rows(near, where, limit, "_distance"))
    if words.strip() and "text" in indexed:
        found.append(_by_words(table, words, where, limit, indexed))
    return _together(found)


def _indexed(table: Any) -> set[str]:
    return {column for index in table.list_indices() for column in index.columns}


def _rows(search: Any, where: str, limit: int, score: str) -> pa.Table:
    rows = search.where(where, prefilter=True).with_row_id(True)
    return rows.select([*_COLUMNS, score]).limit(limit).to_arrow()


def _scan(table: Any, where: str, limit: int) -> pa.Table:
    rows = table.search().where(where).with_row_id(True).select(_COLUMNS)
    return rows.limit(limit).to_arrow()


def _by_words(table: Any, words: str, where: str, limit: int, indexed: set[str]) -> pa.Table:
    from lancedb.query import MatchQuery

    tables = [
        _rows(table.search(MatchQuery(words, column)), where, limit, "_score")
        for column in WORD_COLUMNS
        if column in indexed
    ]
    return pa.concat_tables(tables)


def _with_phrases(
    table: Any, words: str, phrases: tuple[str, ...], where: str, limit: int, indexed: set[str]
) -> Candidates:
    """Let the full-text index find the rows with the words, then keep those with the phrase."""
    from lancedb.query import BooleanQuery, MatchQuery, Occur

    everything = " ".join((*phrases, words))
    columns = [column for column in WORD_COLUMNS if column in indexed]
    found = []
    for column in columns:
        clauses = [(Occur.MUST, MatchQuery(phrase, column, operator="AND")) for phrase in phrases]
        search = table.search(
            BooleanQuery([*clauses, (Occur.SHOULD, MatchQuery(everything, column))])
        )
        found.append(_rows(search, where, limit, "_score"))
    # The index stems words and skips the commonest; a phrase is meant as it stands.
    together = _together(found)
    if not together.rows.num_rows:
        # Nothing but the commonest words, which the index does not hold: read the rows.
        literals = " AND ".join(
            f"(lower(text) LIKE {pattern} OR lower(transcript) LIKE {pattern})"
            for pattern in (quoted(f"%{phrase.lower()}%") for phrase in phrases)
        )
        together = _together([_scan(table, f"{where} AND {literals}", limit)])
    said = zip(*(together.rows[name].to_pylist() for name in WORD_COLUMNS), strict=True)
    keep = np.array([all(_appears(p, t) or _appears(p, s) for p in phrases) for t, s in said], bool)
    return Candidates(
        together.rows.filter(pa.array(keep)), together.vectors[keep], together.keywords[keep]
    )


def _appears(phrase: str, text: str) -> bool:
    """Whether a phrase stands in a text as whole words, whatever is between them but words."""
    wanted, said = _words(phrase), _words(text)
    return f" {wanted} " in f" {said} "


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _together(found: list[pa.Table]) -> Candidates:
    """Return each row once, with its vector and the best keyword score it was found with."""
    keywords: dict[int, float] = {}
    tables, seen = [], set[int]()
    for part in found:
        ids: list[int] = part["_rowid"].to_pylist()
        if "_score" in part.column_names:
            for row, score in zip(ids, part["_score"].to_pylist(), strict=True):
                keywords[row] = max(score, keywords.get(row, 0.0))
        fresh = [i for i, row in enumerate(ids) if row not in seen]
        seen.update(ids)
        tables.append(part.select([*_COLUMNS, "_rowid"]).take(pa.array(fresh, pa.int64())))
    if not tables:
        return Candidates(pa.table({}), np.empty((0, 0), np.float32), np.empty(0, np.float32))
    rows = pa.concat_tables(tables)
    column = rows["vector"].combine_chunks()
    width = column.type.list_size
    flat = column.flatten().to_numpy(zero_copy_only=False).reshape(-1, width)
    scores = np.array([keywords.get(row, 0.0) for row in rows["_rowid"].to_pylist()], np.float32)
    return Candidates(rows.drop_columns(["vector"]), flat.astype(np.float32), scores)
