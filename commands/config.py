"""`scenelist config`: where the config file lies, what holds, and where that comes from."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from commands.options.config_file import (
    ConfigFile,
    config_path,
    defaults_for,
    read_config,
    settings_of,
)
from commands.terminal.console import print_json, print_table, say

_EXAMPLE = """\
# Defaults for options; the command line and the environment win over them.
# library = "~/films.library"     # options before the command
# player = "mpv"                  # for each command that has --player

[index]
# model = "500m"
# nice = true

[search]
# limit = 20
# map = ["/mnt/nas=Z:/"]
"""


@click.command("config")
@click.argument("commands", metavar="[COMMAND]...", nargs=-1)
@click.option("--example", is_flag=True, help="Print a file to begin with.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, /, commands: tuple[str, ...], example: bool, as_json: bool) -> None:
    """Say where the config file lies, what holds, and where each value comes from.

    Without a COMMAND, what is set in the file or the environment; with one, all its options.
    """
    if example:
        click.echo(_EXAMPLE, nl=False)
        return
    path = config_path()
    config = read_config(path)
    rows = [*_before(ctx), *_of_commands(ctx, config, commands)]
    if as_json:
        print_json({"file": str(path), "there": path.exists(), "settings": rows})
        return
    click.echo(
        f"{path}{'' if path.exists() else ' (not there: `scenelist config --example` shows one)'}"
    )
    if not path.exists():
        say("Nothing is set in a file.")
    print_table(
        ["option", "value", "from"],
        ([str(row["option"]), _shown(row["value"]), str(row["from"])] for row in rows),
    )


def _before(ctx: click.Context) -> list[dict[str, Any]]:
    """Return the options before the command as they hold in this very run."""
    root = ctx.find_root()
    rows = []
    for name, option in settings_of(root.command).items():
        source = root.get_parameter_source(str(option.name))
        rows.append(
            {
                "option": f"--{name}",
                "value": root.params[str(option.name)],
                "from": _source(source, option),
            }
        )
    return rows


def _of_commands(
    ctx: click.Context, config: ConfigFile, commands: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Return the options of commands: those named whole, of the others what the file sets."""
    group = ctx.find_root().command
    assert isinstance(group, click.Group)
    for name in commands:
        if name not in group.list_commands(ctx):
            raise click.UsageError(f"There is no command {name!r}.")
    rows = []
    for name in commands or group.list_commands(ctx):
        made = group.get_command(ctx, name)
        assert made is not None
        defaults = defaults_for(config, name, made, group, ctx)
        for key, option in settings_of(made).items():
            table = name if key in config.tables.get(name, {}) else ""
            if str(option.name) in defaults:
                line = config.lines.get((table, key), 0)
                rows.append(_row(name, key, defaults[str(option.name)], f"file, line {line}"))
            elif commands:
                value = option.get_default(ctx)
                rows.append(_row(name, key, value, "built in"))
    return rows


def _row(name: str, key: str, value: Any, source: str) -> dict[str, Any]:
    return {"option": f"{name} --{key}", "value": value, "from": source}


def _source(source: ParameterSource | None, option: click.Option) -> str:
    match source:
        case ParameterSource.COMMANDLINE:
            return "command line"
        case ParameterSource.ENVIRONMENT:
            return f"environment, {option.envvar}"
        case ParameterSource.DEFAULT_MAP:
            return "file"
        case _:
            return "built in"


def _shown(value: Any) -> str:
    if value is None or repr(value).startswith("Sentinel"):
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
