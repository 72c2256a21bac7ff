"""`scenelist mcp`: the library as tools for agents, over stdin and stdout."""

from __future__ import annotations

from contextlib import ExitStack

import click

from commands.options.answering_model import Model, model_options
from commands.options.global_settings import Settings
from commands.serve import answerer_with
from indexer.errors import RequestError
from indexer.installation import advice


@click.command("mcp")
@click.option("--ask", is_flag=True, help="Let a model answer (--model …); loaded when asked.")
@model_options
@click.pass_obj
def command(settings: Settings, /, ask: bool, model: Model) -> None:
    """Offer the library to an agent as tools: search, show_video, view_moment, make_playlist.

    With --ask also ask: a model looks at the videos and answers. Speaks the Model Context Protocol
    on stdin and stdout; the agent's program starts it.
    """
    try:
        from serve import wiring
        from serve.mcp_tools import tools
        from serve.media.thumbnails import Thumbnails
        from serve.schemas.replies import FeaturesReply
    except ModuleNotFoundError as error:
        needs = f"Tools for agents need further packages: {advice('serve')}."
        raise RequestError(needs) from error
    features = FeaturesReply(ask=ask, verify=False, open_in_player=False, sign_out=False)
    engine = wiring.engine(settings.library, offline=settings.offline, features=features)
    thumbnails = Thumbnails(settings.cache / "thumbnails", at_once=1)
    with ExitStack() as loaded:
        loaded.callback(thumbnails.close)
        answerer = answerer_with(model, settings, loaded) if ask else None
        tools(engine, thumbnails, answerer).run("stdio")
