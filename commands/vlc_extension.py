"""`scenelist vlc-extension`: the search box inside VLC, put there or taken away."""

from __future__ import annotations

import click

from serve.vlc.install import extension_path, install, uninstall


@click.group("vlc-extension")
def command() -> None:
    """Put a search box into VLC's View menu; it asks a running `scenelist serve`."""


@command.command("install")
def install_command() -> None:
    """Put the extension where VLC looks for it."""
    click.echo(f"Extension: {install()}")
    click.echo("Start VLC anew; then View > Scenelist. It asks `scenelist serve`.")


@command.command("uninstall")
def uninstall_command() -> None:
    """Take the extension away."""
    path = uninstall()
    click.echo(f"Removed: {path}" if path else "It was not installed.")


@command.command("path")
def path_command() -> None:
    """Print where the extension is put."""
    click.echo(str(extension_path()))
