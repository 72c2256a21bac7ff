"""The query language: one string for a search box, read into what is asked.

a dog catches a frisbee in:holiday/* after:2024-05-01 not:"snow"
"error 404" on a screen                  quoted words must appear, said or seen
said:"we have to cut" seen:blackboard    words that are said; what is seen meanwhile
a dog ^2; a beach ^0.5                   several texts, weighted
like:clips/rex.mp4@12:30 at night        moments similar to that one
in:lake after:2024-06 before:2024-09     filters alone: the videos that pass, newest first
"a man opens a door" then "a dog runs out" within 30s
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Literal, NoReturn, TypeVar

from indexer.errors import RequestError
from search.query.filters.registry import ANY, KEYS, OTHER_WORDS, Filters, condition, joined
from search.query.times import length_ms, quoted

WITHIN_MS = 60_000
EMPTY = "The question is empty: say what happens in the scene you want, or --like a moment."
PICTURES = frozenset(
    f".{name}"
    for name in ("jpg", "jpeg", "jfif", "png", "webp", "bmp", "gif", "tif", "tiff", "avif", "heic")
)
# So much of a query is shown before and after a mistake: it fits a narrow terminal.
_AROUND = 28
Side = Literal["", "seen", "said"]
_Read = TypeVar("_Read")


class QueryError(RequestError):
    """A query makes no sense; `at` is the place of the mistake in it, from 0."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, slots=True)
class Text:
    """Words to look for, and how much they count beside the others."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Like:
    """A moment of a video of the library whose likes are looked for."""

    path: str
    at_ms: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: texts, words that must appear, texts to keep away from, and an order.

    With `steps`, one thing after another is asked, each within `within_ms` of the last. `side`
    keeps to what is said or seen; with `also`, that is said while the rest is seen.
    """

    texts: tuple[Text, ...] = ()
    phrases: tuple[str, ...] = ()
    nots: tuple[str, ...] = ()
    likes: tuple[Like, ...] = ()
    filters: Filters = ANY
    steps: tuple[str, ...] = ()
    within_ms: int = WITHIN_MS
    side: Side = ""
    also: Query | None = None

    @property
    def lists(self) -> bool:
        """Whether filters are all there is: the videos that pass are to be listed."""
        asked = self.texts or self.steps or self.likes or self.nots
        return not asked and self.filters != ANY

    @property
    def empty(self) -> bool:
        """Whether there is nothing to look for: nothing at all, or only what to keep away from."""
        return not (self.texts or self.steps or self.likes or self.lists)


def words_of(query: Query) -> tuple[str, ...]:
    """Return the texts that a query looks for: what an answer's words are compared with."""
    return (*(text.text for text in query.texts), *query.steps)


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of the query: its key ('' for text), its value, whether quoted, where it stands."""

    key: str
    value: str
    quoted: bool
    at: int


_KEYS = (*KEYS, "not", "like")
_SIDES = ("said", "seen")
_ALL = (*_KEYS, *_SIDES)
_TOKEN = re.compile(
    rf"""\s*(?:(?P<key>{"|".join(_ALL)}):)?(?:"(?P<quoted>[^"]*)(?P<close>"?)(?P<place>@[\w:.]+)?|(?P<word>[^\s";]+)|(?P<semi>;))?"""
)


def parse(text: str) -> Query:
    """Read a query.

    Raises:
        QueryError: it makes no sense; the message points at the spot.
    """
    tokens = list(_tokens(text))
    query = Query()
    plain: list[_Token] = []
    sides: dict[str, list[_Token]] = {}
    for token in tokens:
        if token.key in _SIDES:
            sides.setdefault(token.key, []).append(token)
        elif token.key:
            query = _apply(query, token, text)
        else:
            plain.append(token)
    if (steps := _steps(plain, text)) is not None:
        side = _side_of_all(sides, text)
        return replace(query, steps=steps[0], within_ms=steps[1], side=side)
    return _with_sides(query, plain, sides, text)


def _with_sides(
    query: Query, plain: list[_Token], sides: dict[str, list[_Token]], text: str
) -> Query:
    """Return the query with its texts, which may be looked for on one side only, or on both.

    Beside `said:WORDS`, everything else is to be seen; `said:` alone means all of the question.
    """
    said, seen = ([token for token in sides.get(key, []) if token.value.strip()] for key in _SIDES)
    for key, tokens in sides.items():
        if len(sides) > 1 and not any(token.value.strip() for token in tokens):
            at = tokens[0].at
            _point(text, at, f"beside the other, {key}: says nothing: write {key}:WORD")
    if said and (seen or plain):
        texts, phrases = _texts(plain + seen, text)
        spoken, quotes = _texts(said, text)
        also = Query(spoken, quotes, side="said")
        return replace(query, texts=texts, phrases=phrases, side="seen", also=also)
    texts, phrases = _texts(plain + said + seen, text)
    return replace(query, texts=texts, phrases=phrases, side=_SIDE[next(iter(sides), "")])


def _side_of_all(sides: dict[str, list[_Token]], text: str) -> Side:
    """Return the side that all steps keep to: that of a bare said: or seen:, if there is one."""
    for tokens in sides.values():
        for token in tokens:
            if token.value or len(sides) > 1:
                _point(text, token.at, f"beside then, {token.key}: stands alone, for all of it")
    return _SIDE[next(iter(sides), "")]


_SIDE: dict[str, Side] = {"": "", "said": "said", "seen": "seen"}


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        assert found is not None
        start = found.end() - len(found.group().lstrip())
        key = found["key"] or ""
        if found["quoted"] is not None:
            if not found["close"]:
                _point(text, text.index('"', start), 'this quote is never closed: add a "')
            yield _Token(key, found["quoted"] + (found["place"] or ""), True, start)
        elif found["word"] is not None:
            if not key:
                _see_no_other_filter(text, start, found["word"], found.end())
            yield _Token(key, found["word"], False, start)
        elif key in _SIDES:
            yield _Token(key, "", False, start)  # all of the question is meant
        elif key:
            _point(text, start, f"{key}: says nothing: write its value right after the colon")
        else:
            yield _Token("", ";", False, start)
        at = found.end()


# What looks like a filter: letters, a colon and a value (but no address, no drive, no clock).
_OTHER_KEY = re.compile(r"([A-Za-z][A-Za-z_-]+):(?!//|\\)(.*)")
# Alone before a colon and a space stands many a title's word; one nearer to a filter is meant.
_NEAR, _NEARER = 0.6, 0.75


def _see_no_other_filter(text: str, start: int, word: str, end: int) -> None:
    """Point at what is written as a filter and is none."""
    found = _OTHER_KEY.fullmatch(word)
    if found is None:
        return
    key, valued = found[1], bool(found[2]) or text[end : end + 1] == '"'
    close = get_close_matches(key.lower(), (*_KEYS, *OTHER_WORDS), 3, _NEAR if valued else _NEARER)
    if close:
        meant = OTHER_WORDS.get(close[0], f"{close[0]}:")
        _point(text, start, f"there is no filter {key}: did you mean {meant}?")
    if valued:
        listed = ", ".join(f"{known}:" for known in _ALL)
        _point(
            text, start, f'there is no filter {key}: write {listed} or quote the words: "{word}"'
        )


def _apply(query: Query, token: _Token, text: str) -> Query:
    """Return the query with one KEY:VALUE added."""

    def read(reader: Callable[[str], _Read]) -> _Read:
        try:
            return reader(token.value)
        except RequestError as error:
            _point(text, token.at, str(error).rstrip("."))

    if not token.value.strip():
        _point(text, token.at, f"{token.key}: says nothing: write its value right after the colon")
    if token.key == "not":
        return replace(query, nots=(*query.nots, token.value))
    if token.key == "like":
        return replace(query, likes=(*query.likes, read(like)))
    asked = read(partial(condition, token.key))
    return replace(query, filters=joined(query.filters, Filters((asked,))))


def _steps(plain: list[_Token], text: str) -> tuple[tuple[str, ...], int] | None:
    """Read `"A" then "B" [then …] [within TIME]`; None where it is no such thing."""
    if len(plain) < 2 or not plain[0].quoted or plain[1].quoted or plain[1].value != "then":
        return None
    steps, within_ms, i = [_said(plain[0], text)], WITHIN_MS, 1
    while i < len(plain):
        word, after = plain[i], plain[i + 1] if i + 1 < len(plain) else None
        if after is None or word.quoted or word.value not in {"then", "within"}:
            _point(text, word.at, 'here "…" then "…" goes on with then "…" or within 30s')
        if word.value == "then":
            if not after.quoted:
                _point(text, after.at, 'after then comes a text in quotes: "…"')
            steps.append(_said(after, text))
        else:
            try:
                within_ms = length_ms(after.value)
            except RequestError as error:
                _point(text, after.at, str(error).rstrip("."))
        i += 2
    return tuple(steps), within_ms


def _said(token: _Token, text: str) -> str:
    if not token.value.strip():
        _point(text, token.at, "there is nothing between these quotes: say what happens")
    return token.value


def _texts(plain: list[_Token], text: str) -> tuple[tuple[Text, ...], tuple[str, ...]]:
    """Read texts set apart by `;` or weighted with `^2`; and the quoted ones, which must appear."""
    texts: list[Text] = []
    words: list[str] = []
    phrases: list[str] = []

    def end(weight: float = 1.0) -> None:
        if words:
            texts.append(Text(" ".join(words), weight))
            words.clear()

    for token in plain:
        if token.quoted:
            words.append(_said(token, text))
            phrases.append(token.value)
        elif token.value == ";":
            end()
        elif (found := re.fullmatch(r"(.*)\^([^^]+)", token.value)) is not None:
            if found[1]:
                words.append(found[1])
            if not words:
                _point(text, token.at, "there is no text before this weight: write a dog ^2")
            end(_weight(found[2], text, token))
        else:
            words.append(token.value)
    end()
    return tuple(texts), tuple(phrases)


def _weight(number: str, text: str, token: _Token) -> float:
    try:
        weight = float(number)
    except ValueError:
        weight = 0
    if not 0 < weight <= 100:
        _point(text, token.at + token.value.rindex("^"), "a weight is a number above 0: ^2 or ^0.5")
    return weight


def _point(text: str, at: int, what: str) -> NoReturn:
    """Raise an error that shows the spot; of a long query what is around it."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    first = max(0, at - _AROUND) if len(shown) > 2 * _AROUND else 0
    if first:
        shown = "…" + shown[first + 1 :]
    if len(shown) > 2 * _AROUND:
        shown = shown[: 2 * _AROUND - 1] + "…"
    end = "" if what.endswith("?") else "."
    raise QueryError(
        f"At character {at + 1} of the query, {what}{end}\n  {shown}\n  {' ' * (at - first)}^", at
    )


def is_picture(name: str) -> bool:
    """Whether a file's name is that of a picture.

    >>> is_picture("Rex.JPG"), is_picture("rex.mp4@12:30")
    (True, False)
    """
    return Path(name).suffix.lower() in PICTURES


def like(text: str) -> Like:
    """Read FILE@12:30.

    Raises:
        RequestError: it is none.
    """
    path, at, place = text.rpartition("@")
    if not (path and at) and is_picture(text):
        raise RequestError(f"{quoted(text)} is a picture: look for it with --like {text}.")
    if not (path and at):
        raise RequestError(
            f"{quoted(text)} says no place in a video: write like:FILE@12:30, or name a picture."
        )
    return Like(path, length_ms(place))
