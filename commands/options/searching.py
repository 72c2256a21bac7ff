"""The options that say how to search, beside the question; a query string may say most of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar

import click

from indexer.errors import RequestError
from indexer.scanning.scan import absolute
from search.query.filters.registry import KEYS, filters_of
from search.query.parser import is_picture

if TYPE_CHECKING:
    from search.query.options import SearchOptions

_Command = TypeVar("_Command", bound=Callable[..., Any])

_OPTIONS = (
    *(
        click.option(f"--{key}", multiple=said.several, metavar=said.metavar, help=said.help)
        for key, said in KEYS.items()
    ),
    click.option("--not", "nots", multiple=True, metavar="TEXT", help="Keep away from this."),
    click.option(
        "--by", "side", type=click.Choice(["seen", "said"]), help="Only what is seen, or said."
    ),
    click.option(
        "--like",
        "likes",
        multiple=True,
        metavar="FILE@TIME",
        help="Moments like this; or a picture's file.",
    ),
    click.option(
        "--sort",
        type=click.Choice(["score", "time", "video"]),
        default="score",
        help="Order of the best moments. [score]",
    ),
    click.option("--per-video", type=click.IntRange(1), help="Most moments of one video. [any]"),
    click.option("--longest", metavar="TIME", help="Longest moment: 90s, 5m. [2m]"),
    click.option(
        "--context", type=click.IntRange(0), default=0, help="Neighbouring descriptions. [0]"
    ),
    click.option(
        "--min-confidence",
        type=click.FloatRange(0, 1),
        help="Leave out what is less sure, 0 to 1. [0.3]",
    ),
    click.option(
        "--rerank",
        metavar="MODEL",
        help="A cross-encoder, folder or hub name, that orders the best 50 anew.",
    ),
)


def question_of(words: Sequence[str]) -> str:
    """Return the query that the words of a command line make.

    A shell takes quotes away: where one word of several holds spaces, the value of a filter and
    the steps of `… then …` get theirs back.

    >>> question_of(["a", "dog", "in:My Films"])
    'a dog in:"My Films"'
    >>> question_of(["a door opens", "then", "a dog runs", "within", "30s"])
    '"a door opens" then "a dog runs" within 30s'
    """
    if len(words) == 1:
        return words[0]
    in_turn = len(words) > 2 and words[1] == "then" and any(" " in word for word in words)
    return " ".join(
        _requoted(word, in_turn and number % 2 == 0, words[number - 1] if number else "")
        for number, word in enumerate(words)
    )


def _requoted(word: str, is_step: bool, before: str) -> str:
    if '"' in word:
        return word
    key, colon, value = word.partition(":")
    if colon and " " in value and key.replace("-", "").isalpha():
        name, at, place = value.rpartition("@")
        if key == "like" and at:
            return f'{key}:"{name}"@{place}'
        return f'{key}:"{value}"'
    if is_step and before != "within":
        return f'"{word}"'
    return word


def asking_options(command: _Command) -> _Command:
    """Add the options to a command, which gets them as one `options`."""

    def asking(*arguments: Any, **values: Any) -> Any:
        ours = {name: values.pop(name) for name in _NAMES}
        return command(*arguments, **values, options=_read(**ours))

    update_wrapper(asking, command)
    decorated: Any = asking
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    result: _Command = decorated
    return result


def asked_with(told: Sequence[str]) -> dict[str, Any]:
    """Return the flags that the command being run was given to search with, as they were given.

    In place of pictures stands what the model `told` of them: it need not look again.
    """
    given = click.get_current_context().params
    flags = {name: given[name] for name in _NAMES}
    flags["likes"] = [like for like in flags["likes"] if not is_picture(like)]
    return {**flags, _TOLD: list(told)}


def read_again(flags: Mapping[str, Any]) -> SearchOptions:
    """Return the options that flags once given stand for; JSON has made lists of tuples.

    Raises:
        RequestError: another version kept them, which had other flags.
    """
    if not set(_NAMES) <= set(flags):
        raise RequestError("Another version of scenelist kept the last answer: ask again.")
    values: dict[str, Any] = {}
    for name in _NAMES:
        value = flags[name]
        values[name] = tuple(value) if isinstance(value, list) else value
    from search.query.parser import Text

    return replace(_read(**values), texts=tuple(map(Text, flags.get(_TOLD, ()))))


_TOLD = "pictures_show"
_FILTERS = {key.replace("-", "_"): key for key in KEYS}
_NAMES = (
    *_FILTERS,
    "nots",
    "likes",
    "side",
    "sort",
    "per_video",
    "longest",
    "context",
    "min_confidence",
    "rerank",
)


def _read(
    *,
    nots: tuple[str, ...],
    likes: tuple[str, ...],
    side: Any,
    sort: Any,
    per_video: int | None,
    longest: str | None,
    context: int,
    min_confidence: float | None,
    rerank: str | None,
    **filters: str | tuple[str, ...] | None,
) -> SearchOptions:
    from search.query.options import SearchOptions
    from search.query.parser import like
    from search.query.times import length_ms
    from search.ranking.moments import LONGEST_MS

    asked_for = {
        key: (value,) if isinstance(value, str) else value or ()
        for name, key in _FILTERS.items()
        for value in (filters[name],)
    }
    asked = tuple(like(text) for text in likes if not is_picture(text))
    pictures = tuple(absolute(text) for text in likes if is_picture(text))
    longest_ms = length_ms(longest) if longest else LONGEST_MS
    return SearchOptions(
        filters_of(asked_for),
        nots,
        asked,
        sort,
        per_video,
        context,
        min_confidence,
        longest_ms,
        rerank,
        side or "",
        pictures,
    )
