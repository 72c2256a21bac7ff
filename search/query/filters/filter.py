"""What a filter is: some keys of the query language, and which videos pass what they ask."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from indexer.video import Video

Passes = Callable[["Video"], bool]


@dataclass(frozen=True, slots=True)
class Key:
    """A key as a query and as a flag writes it: `after:2024-05` and `--after 2024-05`.

    `other_words` are what people write for it by mistake; with `several` it may be given more than
    once.
    """

    metavar: str
    help: str
    other_words: tuple[str, ...] = ()
    several: bool = True


class Filter(Protocol):
    """Keys that go together (a date's after: and before:), and who passes what they ask."""

    keys: Mapping[str, Key]

    def read(self, key: str, text: str) -> Hashable:
        """Return what a key asks by the text after its colon.

        Raises:
            RequestError: it makes no sense.
        """
        ...

    def passing(self, asked: Mapping[str, Sequence[Any]]) -> Passes:
        """Return what tells whether a video passes; asked of every video at each search.

        `asked` has, for each of the keys, the values that are asked for, or none.
        """
        ...
