"""`scenelist serve`: the library in a browser, over HTTP and for agents."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from commands.options.settings import Settings
from commands.terminal.screen import say
from indexer.errors import RequestError

PORT = 8420
_NEEDS = "The server needs further packages: pip install 'scenelist[serve]'."


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File with the token that opens the server; needed unless --host is this machine.",
)
@click.option(
    "--new-token",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Make a token in FILE, and do nothing else.",
)
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="HOST",
    help="A further name by which it is called, as behind a proxy; repeatable.",
)
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser.")
@click.pass_obj
def command(
    settings: Settings,
    /,
    host: str,
    port: int,
    token_file: Path | None,
    new_token: Path | None,
    names: tuple[str, ...],
    opens: bool,
) -> int:
    """Show the library in a browser: search, watch, make playlists. Ctrl-C ends it.

    Also answers programs (/api/openapi.json) and agents (/mcp). Only this machine can reach it,
    unless --host says otherwise, which needs a token.
    """
    if new_token is not None:
        _new_token(new_token)
        return 0
    try:
        from serve import start
        from serve.app import application
        from serve.server import address, listen, serve
    except ModuleNotFoundError as error:
        raise RequestError(_NEEDS) from error
    allowed = start.access(host, names, token_file)
    taken = listen(host, port)
    where = address(host, taken)
    site = start.site(settings.library, settings.cache, allowed, offline=settings.offline)

    def ready() -> None:
        site.thumbnails.warm_up()
        click.echo(f"Scenelist is at {where}")
        say("Ctrl-C ends it." if allowed.token is None else "Sign in with the token.")
        if opens:
            webbrowser.open(where)

    try:
        serve(application(site), taken, ready)
    except KeyboardInterrupt:
        say("Stopped.")
    finally:
        site.thumbnails.close()
    return 0


def _new_token(path: Path) -> None:
    from serve.access.tokens import write_new_token

    write_new_token(path)
    click.echo(f"Token: {path}")
