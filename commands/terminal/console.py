"""What a person sees: results on stdout, everything else on stderr, times in their usual form."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic

import click
from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

# What a cell of a table may be.
Cell = str | Text

# In a pipe or a log, this often a line says how far something is.
LINE_EVERY_S = 10.0
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def results() -> Console:
    """Return the console for results; wide and plain when piped."""
    console = Console(highlight=False, soft_wrap=False, emoji=False)
    if not console.is_terminal:
        console = Console(highlight=False, emoji=False, width=10_000)
    return console


class _News(Console):
    """A console whose reader may leave: what nobody reads is not printed, and work goes on."""

    def on_broken_pipe(self) -> None:
        """Be quiet from here on; rich would end the program."""
        self.quiet = True


def news() -> Console:
    """Return the console for progress and notes."""
    return _News(stderr=True, highlight=False, emoji=False, soft_wrap=True)


@contextmanager
def progress_of(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar that goes when it is done; what is yielded hears how many are, of how many.

    A total of 0 is one that is not known. Where stderr is no terminal, a line now and then takes
    the bar's place.
    """
    console = news()
    if not console.is_terminal:
        yield _line_by_line(what)
        return
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(what)
        yield lambda done, total: progress.update(
            task, completed=done, total=max(total, done) if total else None
        )


def _line_by_line(what: str) -> Callable[[int, int], None]:
    said_at = monotonic()

    def told(done: int, total: int) -> None:
        nonlocal said_at
        if monotonic() - said_at >= LINE_EVERY_S:
            said_at = monotonic()
            say(f"{what}: {done:,} of {total:,}" if total else f"{what}: {done:,}")

    return told


def plain(text: str) -> str:
    """Return text without control characters, so that it cannot steer the terminal."""
    printable = _CONTROL.sub(" ", text)
    return printable.encode("utf-8", "backslashreplace").decode("utf-8")


def cut(text: str, room: int) -> str:
    """Return text cut to a number of columns, with an ellipsis."""
    if cell_len(text) <= room:
        return text
    return chop_cells(text, room - 1)[0].rstrip() + "…" if room > 1 else "…"[:room]


def say(message: str) -> None:
    """Print one line of news to stderr, if anybody reads that still and there is room for it."""
    with suppress(OSError):
        click.echo(plain(message), err=True)


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    >>> counted(1, "window"), counted(2, "window"), counted(2, "file is", "files are")
    ('1 window', '2 windows', '2 files are')
    """
    return f"{number} {one if number == 1 else many or one + 's'}"


def size(size_bytes: int) -> str:
    """Return a size in the unit that gives a readable number.

    >>> size(2_500_000)
    '2.5 MB'
    """
    value, units = float(size_bytes), ["B", "kB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.1f} {units[0]}" if units[0] != "B" else f"{int(value)} B"


def print_table(columns: Iterable[str], rows: Iterable[Iterable[str | Text]]) -> None:
    """Print a table: ruled on a terminal, tab-separated when piped."""
    console = results()
    lines = [[c if isinstance(c, Text) else Text(plain(c)) for c in row] for row in rows]
    if not console.is_terminal:
        for line in lines:
            click.echo("\t".join(cell.plain for cell in line))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        right = name in {"number", "score", "size", "windows", "length", "start", "end"}
        # A long path goes on in the next line: none of it is lost on a narrow terminal.
        table.add_column(name, justify="right" if right else "left", no_wrap=right, overflow="fold")
    for line in lines:
        table.add_row(*line)
    console.print(table)


def linked(path: Path, label: str | None = None) -> Text:
    """Return a path as a clickable link, where the terminal knows those."""
    text = Text(plain(label or str(path)))
    with suppress(ValueError):  # some names have no URI
        text.stylize(f"link {path.absolute().as_uri()}")
    return text


def print_json(value: Mapping[str, object] | list[object]) -> None:
    """Print one JSON document."""
    click.echo(
        json.dumps(value, ensure_ascii=False, indent=2, default=str).encode("utf-8", "replace")
    )


def language_here() -> str:
    """Return the language that this user reads, as a tag, by the environment; '' if it says none.

    >>> os.environ["LANGUAGE"] = "de_AT.UTF-8:en"; language_here()
    'de-AT'
    """
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        tag = re.split(r"[.:@]", os.environ.get(name, ""))[0].replace("_", "-")
        if tag and tag not in {"C", "POSIX"}:
            return tag
    return ""


def print_json_line(value: Mapping[str, object]) -> None:
    """Print one JSON document on one line, at once."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace"))


def markup(text: str) -> str:
    """Return text that rich shows as it is, brackets and all."""
    return escape(plain(text))
