"""Which filters there are, and what some of them ask together. Pure."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, cast

from search.query.filters.filter import Filter, Key, Passes

if TYPE_CHECKING:
    from indexer.video import Video

# In the order in which --help shows their keys; each module has one `FILTER`.
FILTERS: tuple[str, ...] = (
    "search.query.filters.path",
    "search.query.filters.date",
    "search.query.filters.length",
)
_FILTERS: tuple[Filter, ...] = tuple(
    cast(Filter, import_module(module).FILTER) for module in FILTERS
)
_OF_KEY: dict[str, Filter] = {key: some for some in _FILTERS for key in some.keys}

# Every key of the query language that filters, and how it is explained.
KEYS: dict[str, Key] = {key: said for some in _FILTERS for key, said in some.keys.items()}


def _other_words() -> dict[str, str]:
    meant: dict[str, list[str]] = {}
    for key, said in KEYS.items():
        for word in said.other_words:
            meant.setdefault(word, []).append(f"{key}:")
    return {word: " or ".join(keys) for word, keys in meant.items()}


# What people write for a key, and which it may have been.
OTHER_WORDS = _other_words()


@dataclass(frozen=True, slots=True)
class Condition:
    """What one key asks: `value` is what its filter has read of `text`."""

    key: str
    value: Hashable
    text: str = field(default="", compare=False)

    def __str__(self) -> str:
        """Write it as it was asked."""
        written = f'"{self.text}"' if re.search(r"\s", self.text) else self.text
        return f"{self.key}:{written}"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which videos may answer: those that pass every condition (one of those for in:)."""

    conditions: tuple[Condition, ...] = ()


ANY = Filters()


def condition(key: str, text: str) -> Condition:
    """Return what is asked by a key and the text after its colon.

    Raises:
        RequestError: it makes no sense.
    """
    return Condition(key, _OF_KEY[key].read(key, text), text)


def filters_of(asked: Mapping[str, Sequence[str]]) -> Filters:
    """Return the filters of some keys, each with its values as a query would write them.

    Raises:
        RequestError: a value makes no sense.

    >>> [str(some) for some in filters_of({"in": ["lake"], "min-length": ["60s"]}).conditions]
    ['in:lake', 'min-length:60s']
    """
    return Filters(tuple(condition(key, text) for key, texts in asked.items() for text in texts))


def joined(mine: Filters, theirs: Filters) -> Filters:
    """Return what passes both; of in:, what passes either."""
    return Filters(mine.conditions + theirs.conditions)


def each(filters: Filters) -> Iterator[tuple[str, Filters]]:
    """Yield each condition for itself, with how it is written in a query."""
    for one in filters.conditions:
        yield str(one), Filters((one,))


def passing(filters: Filters) -> Passes:
    """Return what tells whether a video may answer."""
    asked: dict[str, list[Hashable]] = {key: [] for key in KEYS}
    for one in filters.conditions:
        asked[one.key].append(one.value)
    tests = [
        some.passing({key: asked[key] for key in some.keys})
        for some in _FILTERS
        if any(asked[key] for key in some.keys)
    ]

    def passes(video: Video) -> bool:
        return all(test(video) for test in tests)

    return passes
