"""Answers as a person reads them: numbered, best first, two lines each, whatever the width."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from math import floor
from pathlib import Path
from typing import Any

import click
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from commands.terminal.console import cut, linked, news, plain, results, say
from commands.terminal.pictures import (
    columns_of,
    picture_kind,
    print_beside,
    rows_each,
    stills_of,
)
from indexer.video import Video
from playlist.tracks import clock, tracks_of_moments
from search.query.filters.date import made_s
from search.ranking.matched_words import matched
from search.ranking.moments import Moment

# What a camera names its files by itself says nothing: a few letters and digits.
_MOST_LETTERS = 4
# Narrower than this nothing is legible; such lines are cut by the terminal.
_NARROWEST = 40
_INDENT = 4


def print_answers(
    moments: Sequence[Moment],
    asked: frozenset[str] = frozenset(),
    first: int = 1,
    *,
    pictures: bool = False,
) -> None:
    """Print moments, numbered from `first` on; the words that match `asked` stand out.

    With `pictures` there is one beside each moment, where the terminal can show them.

    In a pipe a moment is one line of values set apart by tabs: number, confidence, word for that,
    start, end, path, what is seen, what is said.
    """
    console = results()
    if not console.is_terminal:
        for number, moment in enumerate(moments, first):
            click.echo("\t".join(map(plain, _values(number, moment))))
        return
    kind = picture_kind() if pictures else None
    if kind is not None:
        _print_pictured(console, kind, moments, asked, first)
        return
    for lines in answer_lines(moments, asked, first, console.width):
        for line in lines:
            console.print(line, no_wrap=True, overflow="ellipsis", crop=True)


def _print_pictured(
    console: Console,
    kind: Callable[..., Any],
    moments: Sequence[Moment],
    asked: frozenset[str],
    first: int,
) -> None:
    rows = rows_each(console, len(moments))
    answers = answer_lines(moments, asked, first, console.width - columns_of(rows))
    stills = stills_of(tracks_of_moments(moments))
    for lines, still in zip(answers, stills, strict=True):
        print_beside(console, kind, still, rows, lines)


def hint_at_play(shown: int, *, more: bool) -> None:
    """Say, on a terminal, how to go on from an answer; with `more` there may be more of it."""
    if results().is_terminal and news().is_terminal:
        several = f" · play 1-{min(5, shown)}" if shown > 1 else ""
        say(f"scenelist play 1{several}{' · more' if more else ''}")


def _values(number: int, moment: Moment) -> Iterable[str]:
    return (
        str(number),
        "" if moment.listed else _sureness(moment),
        moment.check.mark if moment.check and moment.check.mark else moment.certainty,
        clock(moment.start_ms),
        clock(moment.end_ms),
        str(moment.video.path),
        " / ".join((*moment.before, moment.text, *moment.after)),
        moment.transcript,
    )


def answer_lines(
    moments: Sequence[Moment], asked: frozenset[str], first: int, width: int
) -> list[list[Text]]:
    """Return each moment's lines, none wider than `width` columns.

    The first line has the number, the times, how sure it is (what the model said when it looked
    again; the date, where videos are only listed), the file's name, and folder and date where the
    name alone does not tell; the second what is seen and what is said. Neighbouring
    descriptions, where they were asked for, have lines of their own.
    """
    width = max(width, _NARROWEST)
    times = [f"{clock(m.start_ms)}–{clock(m.end_ms)}" for m in moments]
    widest = max(map(cell_len, times), default=0)
    digits = len(str(first + len(moments) - 1))
    dated = not any(moment.listed for moment in moments)
    told = places([moment.video for moment in moments], dated=dated)
    labels = any(moment.transcript for moment in moments)
    day_width = max((len(_day(moment.video)) for moment in moments), default=0)
    answers = []
    for number, (moment, time) in enumerate(zip(moments, times, strict=True), first):
        head = Text(f"{number:>{max(digits, 2)}}  ", style="bold")
        head.append(f"{time:>{widest}}  ", style="not bold cyan")
        head.append_text(_judged(moment, day_width))
        place = told.get(moment.video.path, "")
        head.append_text(_named(moment.video, place, width - cell_len(head.plain), asked))
        body = Text(" " * _INDENT)
        body.append_text(_words(moment, asked, width - _INDENT, labels=labels))
        answers.append([head, *_around("before", moment.before, width), body])
        answers[-1] += _around("after", moment.after, width)
    return answers


def _judged(moment: Moment, day_width: int) -> Text:
    """Return the column that says why a moment stands where it does, always of one width."""
    if moment.listed:
        day = f"{_day(moment.video):<{day_width}}  " if day_width else ""
        return Text(day, style="not bold")
    if moment.check is not None and moment.check.mark:
        return Text(
            f"{moment.check.mark:<11}  ", style="not bold green" if moment.check.verified else "red"
        )
    sure = f"{moment.certainty:<6} {_sureness(moment)}  "
    return Text(sure, style="not bold green" if moment.certainty == "strong" else "not bold")


def _sureness(moment: Moment) -> str:
    """Return how sure a moment is, rounded down: what is weak is not shown as 0.50."""
    return f"{floor(100 * moment.confidence + 1e-9) / 100:.2f}"


def _around(when: str, texts: Sequence[str], width: int) -> list[Text]:
    lead = f"{' ' * _INDENT}{when}: "
    return [Text(lead + cut(plain(text), width - len(lead)), style="dim") for text in texts]


def _named(video: Video, place: str, room: int, asked: frozenset[str]) -> Text:
    """Return a video's name as a link, and after it where it lies and when it was made.

    Words of the question stand out in both; a file that is not there is marked as missing.
    """
    if not video.path.exists():
        place = f"missing, {place}" if place else "missing"
    text = _linked_and_placed(video, place, room)
    for start, end in matched(text.plain, asked):
        text.stylize("underline", start, end)
    return text


def _linked_and_placed(video: Video, place: str, room: int) -> Text:
    name = plain(video.path.name)
    if not place:
        return linked(video.path, _middle(name, room))
    name = _middle(name, max(room // 2, room - cell_len(place) - 2))
    text = linked(video.path, name)
    left = room - cell_len(name) - 2
    if cell_len(place) > left:
        place = "…" + _last(place, left - 1)
    if left > _MOST_LETTERS:
        text.append(f"  {place}", style="not bold dim")
    return text


def places(videos: Sequence[Video], *, dated: bool = True) -> Mapping[Path, str]:
    """Return, for videos whose name alone does not tell which is meant, folder and date.

    With `dated` False dates stand elsewhere.

    A name does not tell where another video among these has it too, or where a camera made it up
    (GOPR0012, 20240512_183012); of the folder as much is given as tells two of a name apart.
    """
    by_name: dict[str, set[Path]] = {}
    for video in videos:
        by_name.setdefault(video.path.name, set()).add(video.path)
    found: dict[Path, str] = {}
    for video in videos:
        others = by_name[video.path.name] - {video.path}
        if others or _made_by_camera(video.path.stem):
            parts = [_apart(video.path, others), _day(video) if dated else ""]
            found[video.path] = ", ".join(part for part in parts if part)
    return found


def _made_by_camera(stem: str) -> bool:
    letters = sum(character.isalpha() for character in stem)
    return letters <= _MOST_LETTERS and any(character.isdigit() for character in stem)


def _apart(path: Path, others: set[Path]) -> str:
    """Return the end of a path's folder, as long as it must be to tell it from the others."""
    parts = path.parent.parts
    for count in range(1, len(parts) + 1):
        tail = parts[-count:]
        if all(other.parent.parts[-count:] != tail for other in others):
            break
    return plain(str(Path(*tail))) if parts else ""


def _day(video: Video) -> str:
    if not (seconds := made_s(video)):
        return ""
    try:
        return datetime.fromtimestamp(seconds).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""  # a damaged date is none


def _words(moment: Moment, asked: frozenset[str], room: int, *, labels: bool) -> Text:
    """Return what is seen and what is said, the words that match standing out."""
    seen, said = plain(moment.text), plain(moment.transcript)
    if not labels:
        return _excerpt(seen, asked, room)
    text = Text()
    parts = [(label, words) for label, words in (("seen: ", seen), ("said: ", said)) if words]
    room -= sum(len(label) for label, _ in parts) + 2 * (len(parts) - 1)
    shares = _shares([cell_len(words) for _, words in parts], room)
    for (label, words), share in zip(parts, shares, strict=True):
        text.append(("  " if len(text) else "") + label, style="dim")
        text.append_text(_excerpt(words, asked, share))
    return text


def _shares(wanted: Sequence[int], room: int) -> list[int]:
    """Divide columns: half for each of two, and what one does not need for the other."""
    if len(wanted) < 2 or sum(wanted) <= room:
        return [room] * len(wanted) if len(wanted) < 2 else list(wanted)
    first = min(wanted[0], max(room // 2, room - wanted[1]))
    return [first, room - first]


def _excerpt(text: str, asked: frozenset[str], room: int) -> Text:
    """Return as much of a text as there is room for, around the first word that matches."""
    spans = matched(text, asked)
    if cell_len(text) > room:
        start = spans[0][0] if spans else 0
        if start and cell_len(text[: spans[0][1]]) > room - 1:
            begin = text.rfind(" ", 0, max(0, start - room // 3)) + 1 or start
            text = "…" + text[begin:]
        text = cut(text, room)
        spans = matched(text, asked)
    shown = Text(text)
    for start, end in spans:
        shown.stylize("bold underline", start, end)
    return shown


def _last(text: str, room: int) -> str:
    """Return the end of a text that fills at most so many columns."""
    while text and cell_len(text) > max(0, room):
        text = text[1:]
    return text


def _middle(name: str, room: int) -> str:
    """Return a file's name cut in its middle: its ending stays."""
    if cell_len(name) <= room:
        return name
    found = re.search(r".{0,4}\.\w{1,5}$", name)
    end = found.group() if found else ""
    if cell_len(end) > room // 2:
        end = ""
    return cut(name, room - cell_len(end)) + end
