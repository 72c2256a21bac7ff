"""The user's config file: defaults for options, by command or for every command that has them.

    library = "~/films.library"      # options before the command
    player = "mpv"                   # for each command that has --player

    [search]
    limit = 20

The command line wins over the environment, the environment over this file.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
from platformdirs import user_config_path

from indexer.errors import RequestError

VARIABLE = "SCENELIST_CONFIG"
_HEADER = re.compile(r"\s*\[\s*\"?([\w-]+)\"?\s*\]")
_KEY = re.compile(r"\s*\"?([\w-]+)\"?\s*=")


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """What a config file says: `tables` by command, '' for what stands before any table."""

    path: Path
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    lines: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def wrong(self, table: str, key: str, what: str) -> RequestError:
        """Return the error for one setting: the file, its line, and what to do."""
        line = self.lines.get((table, key)) or self.lines.get((table, ""), 1)
        return RequestError(f"{self.path}, line {line}: {what}{'' if what.endswith('?') else '.'}")


def config_path() -> Path:
    """Return where this user's config file lies, whether it is there or not."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser()
    return user_config_path("scenelist", appauthor=False) / "config.toml"


def read_config(path: Path) -> ConfigFile:
    """Read a config file; one that is not there says nothing.

    Raises:
        RequestError: it cannot be read, or is no TOML; says the line.
    """
    try:
        text = path.read_text("utf-8")
        facts = tomllib.loads(text)
    except FileNotFoundError:
        return ConfigFile(path)
    except OSError as error:
        raise RequestError(f"{path} cannot be read ({error.strerror}): check it.") from error
    except UnicodeDecodeError as error:
        raise RequestError(f"{path} is not UTF-8 text: save it as such.") from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        where = f", line {line[1]}" if line else f", line {len(text.splitlines())}"
        raise RequestError(f"{path}{where}: {_reason(error)}.") from error
    tables = {name: value for name, value in facts.items() if isinstance(value, dict)}
    tables[""] = {name: value for name, value in facts.items() if not isinstance(value, dict)}
    return ConfigFile(path, tables, dict(_lines(text)))


def _reason(error: tomllib.TOMLDecodeError) -> str:
    return re.sub(r"\s*\(at [^)]*\)", "", str(error)).strip().rstrip(".") or "this is no TOML"


def _lines(text: str) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield where tables begin and where their keys stand, counted from 1."""
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if found := _HEADER.match(line):
            table = found[1]
            yield (table, ""), number
        elif found := _KEY.match(line):
            yield (table, found[1]), number


def settings_of(command: click.Command) -> dict[str, click.Option]:
    """Return the options that a file may set, by their names there: `limit` for `--limit`."""
    named = {}
    for option in command.params:
        if isinstance(option, click.Option) and not option.is_eager:
            for flag in option.opts:
                if flag.startswith("--"):
                    named[flag[2:]] = option
    return named


def defaults_for(
    config: ConfigFile, name: str, command: click.Command, group: click.Group, ctx: click.Context
) -> dict[str, Any]:
    """Return a command's defaults from the file, by click's names, each of the right kind.

    Raises:
        RequestError: a setting is unknown or of the wrong kind; says the line.
    """
    known = settings_of(command)
    for key in config.tables.get(name, {}):
        if key not in known:
            raise config.wrong(name, key, f"{name} has no setting {key!r}{_meant(key, known)}")
    defaults: dict[str, Any] = {}
    before = settings_of(group)
    for table in ("", name):
        for key, value in config.tables.get(table, {}).items():
            if key in known:
                defaults[str(known[key].name)] = _checked(config, table, key, value, known, ctx)
            elif table == "" and key not in before:
                _known_anywhere(config, key, group, ctx)
    return defaults


def check_tables(config: ConfigFile, group: click.Group, ctx: click.Context) -> None:
    """See that every table is of a command.

    Raises:
        RequestError: one is not; says the line.
    """
    names = group.list_commands(ctx)
    for table in config.tables:
        if table and table not in names:
            raise config.wrong(table, "", f"there is no command {table!r}{_meant(table, names)}")


def group_defaults(config: ConfigFile, group: click.Group, ctx: click.Context) -> dict[str, Any]:
    """Return the file's values for the options that stand before the command."""
    known = settings_of(group)
    return {
        str(known[key].name): _checked(config, "", key, value, known, ctx)
        for key, value in config.tables.get("", {}).items()
        if key in known
    }


def _checked(
    config: ConfigFile,
    table: str,
    key: str,
    value: Any,
    known: Mapping[str, click.Option],
    ctx: click.Context,
) -> Any:
    """Return a value as the option's own type reads it."""
    option = known[key]
    if option.is_flag and not isinstance(value, bool):
        raise config.wrong(table, key, f"{key} is true or false, not {value!r}")
    if option.multiple and not isinstance(value, list):
        value = [value]
    if not option.is_flag and isinstance(value, bool | dict):
        raise config.wrong(table, key, f"{key} cannot be {str(value).lower()}")
    try:
        option.type_cast_value(ctx, value)
    except click.BadParameter as error:
        raise config.wrong(table, key, f"{key}: {error.message.rstrip('.')}") from error
    return value


def _known_anywhere(config: ConfigFile, key: str, group: click.Group, ctx: click.Context) -> None:
    """See that some command has a setting; commands are imported for it, so it is asked last."""
    names: set[str] = set(settings_of(group))
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        names |= set(settings_of(command)) if command else set()
    if key not in names:
        raise config.wrong("", key, f"no command has a setting {key!r}{_meant(key, names)}")


def _meant(word: str, known: Mapping[str, Any] | set[str] | list[str]) -> str:
    if word.removeprefix("no-") != word and word[3:] in known:
        return f": write {word[3:]} = false"
    close = get_close_matches(word, list(known), 1, 0.6)
    return f": did you mean {close[0]}?" if close else ": `scenelist config` lists them"
