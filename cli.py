"""The `scenelist` command: reads the command line, finds the command, turns errors into words."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import version
from keyword import iskeyword
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from commands.options.config_file import (
    check_tables,
    config_path,
    defaults_for,
    group_defaults,
    read_config,
)
from commands.options.global_settings import Settings
from commands.terminal.exit_status import EXIT_ERROR, EXIT_INTERRUPTED
from commands.terminal.standard_output import cannot_print, reader_has_left
from indexer.errors import OUT_OF_MEMORY, ScenelistError, is_out_of_memory
from indexer.installation import describing_is_missing
from indexer.processes.quiet_libraries import keep_to_themselves
from search.user_folders import default_library

# command → its line in --help; its module in `commands` is called as it is.
COMMANDS = {
    "index": "Describe what happens in videos.",
    "search": "Find moments, and make a playlist of them.",
    "play": "Play moments of the last answer, by number.",
    "more": "Show the next moments of the last answer.",
    "ask": "Ask the model about a moment, a video or the library.",
    "playlist": "Make a playlist of all that happens in videos.",
    "highlights": "Choose the stretches most worth seeing.",
    "save": "Keep a question under a name.",
    "saved": "List saved questions, and what is new in them.",
    "transcript": "Write down what is said in a video: SRT, WebVTT, text, JSON.",
    "show": "Show what is written down of a video.",
    "list": "List the videos in the library.",
    "status": "Say what is in the library and how it was described.",
    "forget": "Take videos out of the library.",
    "relocate": "Say that files or folders lie elsewhere now.",
    "reembed": "Change the embedder; nothing is described again.",
    "export": "Write descriptions as JSON lines.",
    "import": "Add descriptions made elsewhere.",
    "serve": "Show the library in a browser, over HTTP and to agents.",
    "mcp": "Offer the library to an agent as tools, on stdin and stdout.",
    "vlc-extension": "Put a search box into VLC.",
    "doctor": "Check what this machine can do; try a model on it.",
    "demo": "Index a few drawn videos, ask, and write playlists.",
    "config": "Say where settings are kept, and which hold.",
    "completion": "Print the shell's completion script.",
}
# What an installation that only searches goes without (requirements-search.txt).
DESCRIBING = {
    *("torch", "torchvision", "transformers", "sentence_transformers", "safetensors"),
    *("decord", "num2words", "chardet", "langcodes", "watchfiles"),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command; None, and a hint in the error, where there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = cmd_name.replace("-", "_") + "_" * iskeyword(cmd_name)
        command = import_module(f"commands.{module}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a mistyped one is told which was meant."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            close = get_close_matches(args[0], COMMANDS, 1)
            meant = f"did you mean {close[0]}?" if close else "`scenelist --help` lists them."
            raise click.UsageError(f"There is no command {args[0]!r}: {meant}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; who read its output may have left, which is no error."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            if not reader_has_left():
                raise  # another pipe than ours
            return 0  # click would say 1

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


_HELP = """Search video by what happens in it, and play the moments.

\b
  scenelist index ~/Videos
  scenelist search "a dog catches a frisbee" --play

Everything runs on this machine; nothing leaves it. Exit status: 0 done, 1 nothing found,
2 an error, 3 done but some files failed, 130 interrupted.
"""


@click.group(cls=LazyGroup, help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--library",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="SCENELIST_LIBRARY",
    default=default_library,
    show_default="the user's data folder",
    show_envvar=True,
    help="Folder that holds the index.",
)
@click.option("--offline", is_flag=True, help="Never use the network, not even for models.")
@click.option("--no-color", is_flag=True, help="Plain output; NO_COLOR in the environment too.")
@click.version_option(version("scenelist"), prog_name="scenelist")
@click.pass_context
def scenelist(ctx: click.Context, library: Path, offline: bool, no_color: bool) -> None:
    """Read the options before the command, and the config file's defaults for all others."""
    config = read_config(config_path())
    assert isinstance(ctx.command, click.Group)
    check_tables(config, ctx.command, ctx)
    before = group_defaults(config, ctx.command, ctx)
    for name in before:
        if ctx.get_parameter_source(name) is ParameterSource.DEFAULT:
            ctx.params[name] = before[name]
            ctx.set_parameter_source(name, ParameterSource.DEFAULT_MAP)
    library, offline = Path(ctx.params["library"]), bool(ctx.params["offline"])
    no_color = bool(ctx.params["no_color"])
    called = ctx.invoked_subcommand or "config"
    made = ctx.command.get_command(ctx, called) if called != "config" else None
    if made is not None:
        ctx.default_map = {called: defaults_for(config, called, made, ctx.command, ctx)}
    if no_color:
        os.environ["NO_COLOR"] = "1"
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"
    ctx.obj = Settings(library.expanduser().absolute(), offline)


def run(arguments: Sequence[str]) -> int:
    """Run one command line; return its exit status, as the README lists them."""
    try:
        status = _run(arguments)
        reader_has_left()  # what is not printed yet may find that out only now
    except Exception as error:
        if is_out_of_memory(error):
            _tell(f"Error: {OUT_OF_MEMORY}")
        elif isinstance(error, OSError) and cannot_print(error):
            _tell(
                f"Error: The output cannot be written ({error.strerror}): make room for it, or send"
                " it elsewhere."
            )
        else:
            raise
        status = EXIT_ERROR
        reader_has_left()
    return status


def _tell(message: str) -> None:
    with suppress(OSError):  # nobody reads it, or it cannot be written
        click.echo(message, err=True)


def _run(arguments: Sequence[str]) -> int:  # noqa: PLR0911 - one return for each way to end
    try:
        status = scenelist.main(list(arguments), prog_name="scenelist", standalone_mode=False)
    except SystemExit as error:
        if error.code == 1 and reader_has_left():
            return 0  # of --help, where click says 1
        raise
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _tell("Interrupted.")
        return EXIT_INTERRUPTED
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        return EXIT_ERROR
    except ScenelistError as error:
        if is_out_of_memory(error):
            raise
        _tell(f"Error: {error}")
        return EXIT_ERROR
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in DESCRIBING:
            raise
        _tell(f"Error: {describing_is_missing()}")
        return EXIT_ERROR
    return status if isinstance(status, int) else 0


def main() -> None:
    """Run the command line of this process."""
    keep_to_themselves()
    status = run(sys.argv[1:])
    if status == EXIT_INTERRUPTED:
        # All is kept. A model may still be at work in its thread: no Python waits for that.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


if __name__ == "__main__":
    main()
