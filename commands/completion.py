"""`scenelist completion`: what makes a shell complete our commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, /, shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    bash: scenelist completion bash >> ~/.bashrc
    zsh:  scenelist completion zsh >> ~/.zshrc
    fish: scenelist completion fish > ~/.config/fish/completions/scenelist.fish
    """  # noqa: D301 - \b is click's mark for lines to leave as they are
    made = get_completion_class(shell)
    assert made is not None
    click.echo(made(ctx.find_root().command, {}, "scenelist", "_SCENELIST_COMPLETE").source())
