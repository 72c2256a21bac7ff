"""`scenelist mcp`: the library as tools for agents, over stdin and stdout."""

from __future__ import annotations

import click

from commands.options.settings import Settings
from indexer.errors import RequestError

_NEEDS = "Tools for agents need further packages: pip install 'scenelist[serve]'."


@click.command("mcp")
@click.pass_obj
def command(settings: Settings, /) -> None:
    """Offer the library to an agent as tools: search, show_video, view_moment, make_playlist.

    Speaks the Model Context Protocol on stdin and stdout; the agent's program starts it.
    """
    try:
        from serve import start
        from serve.mcp_tools import tools
        from serve.media.thumbnails import Thumbnails
        from serve.schemas.replies import FeaturesReply
    except ModuleNotFoundError as error:
        raise RequestError(_NEEDS) from error
    features = FeaturesReply(ask=False, verify=False, open_in_player=False, sign_out=False)
    engine = start.engine(settings.library, offline=settings.offline, features=features)
    thumbnails = Thumbnails(settings.cache / "thumbnails", at_once=1)
    try:
        tools(engine, thumbnails).run("stdio")
    finally:
        thumbnails.close()
