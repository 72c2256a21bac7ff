"""Coverage: which stretches of which contents a library knows something of, and what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

# Pieces of [start_ms, end_ms), in order, that neither meet nor overlap.
Stretches = tuple[tuple[int, int], ...]
# Content → by what it is known (a recipe's key, where words come from) → stretches.
Coverage = Mapping[str, Mapping[str, Stretches]]

_BEYOND_MS = 1 << 42  # longer than any video, and a million videos of it fit 64 bits


def coverage_of(rows: pa.Table, by: str, gap_ms: int = 0) -> dict[str, dict[str, Stretches]]:
    """Return what some rows cover.

    `rows` have the columns fingerprint, start_ms, end_ms and, as `by` says, by what they are
    known. Where no more than `gap_ms` lie between two of them, these count as covered too.
    """
    if not rows.num_rows:
        return {}
    contents, names = _numbered(rows["fingerprint"])
    kinds, keys = _numbered(rows[by])
    starts = np.asarray(rows["start_ms"].to_numpy(), np.int64)
    ends = np.maximum(np.asarray(rows["end_ms"].to_numpy(), np.int64), starts + 1)
    groups = contents * len(keys) + kinds
    order = np.lexsort((starts, groups))
    groups = groups[order]
    # Group after group on one line, each beyond the last, so that a maximum runs through all.
    line = np.unique(groups, return_inverse=True)[1].astype(np.int64) * _BEYOND_MS
    starts, ends = starts[order] + line, np.maximum.accumulate(ends[order] + line)
    firsts = np.flatnonzero(np.concatenate(([True], starts[1:] > ends[:-1] + gap_ms)))
    lasts = np.concatenate((firsts[1:], [len(starts)])) - 1
    found: dict[str, dict[str, list[tuple[int, int]]]] = {}
    spans = zip(
        groups[firsts].tolist(),
        (starts[firsts] - line[firsts]).tolist(),
        (ends[lasts] - line[firsts]).tolist(),
        strict=True,
    )
    for group, start_ms, end_ms in spans:
        name, key = names[group // len(keys)], keys[group % len(keys)]
        found.setdefault(name, {}).setdefault(key, []).append((start_ms, end_ms))
    return {
        name: {key: tuple(some) for key, some in by_key.items()} for name, by_key in found.items()
    }


def joined(mine: Coverage, theirs: Coverage) -> dict[str, dict[str, Stretches]]:
    """Return what either covers."""
    both = {name: dict(by_key) for name, by_key in mine.items()}
    for name, by_key in theirs.items():
        ours = both.setdefault(name, {})
        for key, some in by_key.items():
            ours[key] = some if ours.get(key, some) == some else _merged((*ours[key], *some))
    return both


def added(now: Coverage, before: Coverage) -> dict[str, Stretches]:
    """Return, of each content, what is covered now and was not before, by whatever it is known."""
    new: dict[str, Stretches] = {}
    for name, by_key in now.items():
        known = before.get(name, {})
        left = [
            piece
            for key, some in by_key.items()
            if some != (had := known.get(key, ()))
            for piece in _without(some, had)
        ]
        if left:
            new[name] = _merged(left)
    return new


def _numbered(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], list[str]]:
    """Return a number for each value of a column, and what the numbers stand for."""
    encoded = pa.concat_arrays(column.chunks).dictionary_encode()
    return np.asarray(encoded.indices.to_numpy(), np.int64), encoded.dictionary.to_pylist()


def _merged(pieces: Sequence[tuple[int, int]]) -> Stretches:
    merged: list[tuple[int, int]] = []
    for start_ms, end_ms in sorted(pieces):
        if merged and start_ms <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end_ms)
        else:
            merged.append((start_ms, end_ms))
    return tuple(merged)


def _without(some: Stretches, others: Stretches) -> Stretches:
    """Return what remains of some stretches without others."""
    left: list[tuple[int, int]] = []
    number = 0
    for start_ms, end_ms in some:
        at_ms = start_ms
        while number < len(others) and others[number][1] <= at_ms:
            number += 1
        inside = number
        while inside < len(others) and others[inside][0] < end_ms:
            if others[inside][0] > at_ms:
                left.append((at_ms, others[inside][0]))
            at_ms = max(at_ms, others[inside][1])
            inside += 1
        if at_ms < end_ms:
            left.append((at_ms, end_ms))
    return tuple(left)
