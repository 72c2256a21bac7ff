"""`scenelist serve`: the library in a browser, over HTTP and for agents."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.options.answering_model import Model, answering_with, model_options
from commands.options.global_settings import Settings
from commands.terminal.console import say
from indexer.errors import RequestError
from indexer.installation import advice

if TYPE_CHECKING:
    from answering.answering import Answering
    from serve.model_answers import ModelAnswers
    from serve.state import Site

PORT = 8420


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
@click.option(
    "--ask", is_flag=True, help="Let a model answer and look again (--model …); loaded when asked."
)
@model_options
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
    ask: bool,
    opens: bool,
    model: Model,
) -> int:
    """Show the library in a browser: search, watch, make playlists. Ctrl-C ends it.

    Also answers programs (/api/openapi.json) and agents (/mcp). Only this machine can reach it,
    unless --host says otherwise, which needs a token.
    """
    if new_token is not None:
        _new_token(new_token)
        return 0
    try:
        from serve import wiring
        from serve.app import application
        from serve.server import address, listen, serve
    except ModuleNotFoundError as error:
        needs = f"The server needs further packages: {advice('serve')}."
        raise RequestError(needs) from error
    allowed = wiring.access(host, names, token_file)
    taken = listen(host, port)
    where = address(host, taken)
    with ExitStack() as loaded:
        answerer = answerer_with(model, settings, loaded) if ask else None
        site = wiring.site(
            settings.library,
            settings.cache,
            allowed,
            offline=settings.offline,
            answerer=answerer,
        )
        return _serve(
            site, where, lambda ready: serve(application(site), taken, ready), opens=opens
        )


def answerer_with(model: Model, settings: Settings, loaded: ExitStack) -> ModelAnswers:
    """Return who answers with the model, which is loaded with the first question."""
    from serve.model_answers import ModelAnswers

    def load() -> Answering:
        answering, _ = loaded.enter_context(answering_with(model, settings, settings.open()))
        return answering

    return ModelAnswers(load)


def _serve(
    site: Site, where: str, serve: Callable[[Callable[[], None]], None], *, opens: bool
) -> int:
    """Serve until Ctrl-C; `serve` is told what to do when it is ready."""

    def ready() -> None:
        site.thumbnails.warm_up()
        click.echo(f"Scenelist is at {where}")
        say("Ctrl-C ends it." if site.access.token is None else "Sign in with the token.")
        if opens:
            webbrowser.open(where)

    try:
        serve(ready)
    except KeyboardInterrupt:
        say("Stopped.")
    finally:
        site.thumbnails.close()
    return 0


def _new_token(path: Path) -> None:
    from serve.access.tokens import write_new_token

    write_new_token(path)
    click.echo(f"Token: {path}")
