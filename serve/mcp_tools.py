"""Tools for agents over the Model Context Protocol: search, look, and make playlists."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated, TypeVar

from mcp.server.mcpserver import Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from indexer.errors import ScenelistError
from playlist.file_names import name_for
from playlist.formats.registry import NAMES
from serve.answerer import Answerer, AnswersReply
from serve.engine import Engine
from serve.media.thumbnails import Thumbnails
from serve.schemas.replies import DescribedVideo, PlaylistMade, SearchReply
from serve.schemas.requests import (
    LONGEST_QUERY,
    ChosenMoment,
    ChosenMoments,
    Glob,
    SearchRequest,
    Seconds,
)
from serve.worker_pool import BusyError, Workers

T = TypeVar("T")
PICTURES = 8
EDGE = 256
# So many questions may wait for the one that the model is answering.
WAITING = 4
_LOOKS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_INSTRUCTIONS = """\
Scenelist knows what happens in the user's own videos: a model described every few seconds of them.
Search in plain language; quotes make words obligatory, not:"…" keeps away, in:FOLDER after:2024-05
narrow down, "A" then "B" within 30s asks for an order. Times are seconds. `video` is an id.
Look at a moment's pictures before you claim what is to be seen in it: descriptions can be wrong."""
_ASK = """
ask has a vision model look at the frames themselves; its answers, too, can be wrong."""

_Query = Annotated[str, Field(max_length=LONGEST_QUERY)]


def tools(
    engine: Engine,
    thumbnails: Thumbnails,
    answerer: Answerer | None = None,
    answering: Workers | None = None,
) -> MCPServer:
    """Return the tools over one library.

    Where there is an `answerer` it is one of them, asked as often at a time as `answering` allows.
    """
    server = MCPServer(
        "scenelist",
        title="Scenelist",
        instructions=_INSTRUCTIONS + (_ASK if answerer is not None else ""),
        version=version("scenelist"),
        log_level="WARNING",
    )

    @server.tool(annotations=_LOOKS)
    def search(
        query: _Query,
        limit: Annotated[int, Field(ge=1, le=50)] = 10,
        min_confidence: Annotated[float | None, Field(ge=0, le=1)] = None,
    ) -> SearchReply:
        """Find the moments of the user's videos in which something happens, best first.

        No moments means that nothing matches well; min_confidence 0 then shows what is closest.
        """
        return _told(
            lambda: engine.search(
                SearchRequest(q=query, limit=limit, min_confidence=min_confidence)
            )
        )

    @server.tool(annotations=_LOOKS)
    def show_video(video: str) -> DescribedVideo:
        """Show all that is written down of a video: its windows in order, with what is said."""
        return _told(lambda: engine.described(video))

    @server.tool(annotations=_LOOKS, structured_output=False)
    def view_moment(
        video: str,
        start: Annotated[float, Field(ge=0)],
        end: Annotated[float, Field(ge=0)],
        pictures: Annotated[int, Field(ge=1, le=PICTURES)] = 4,
    ) -> list[str | Image]:
        """Look at a moment: up to 8 pictures, evenly spaced from start to end (seconds)."""
        if end < start:
            raise ToolError("The moment ends before it begins: give start before end.")
        return _told(lambda: _pictures(engine, thumbnails, video, start, end, pictures))

    @server.tool(annotations=_LOOKS)
    def make_playlist(
        moments: Annotated[list[ChosenMoment], Field(min_length=1, max_length=200)],
        title: _Query = "Scenelist",
        kind: Annotated[str, Field(description=f"The format: {', '.join(NAMES)}.")] = "xspf",
    ) -> PlaylistMade:
        """Make a playlist of moments for VLC, mpv or a video editor; returns the file's text."""
        chosen = ChosenMoments(moments=moments, title=title, format=kind)
        return _told(lambda: _playlist(engine, chosen))

    if answerer is not None:
        _add_ask(server, engine, answerer, answering or Workers(1, WAITING))
    return server


def _add_ask(server: MCPServer, engine: Engine, answerer: Answerer, answering: Workers) -> None:
    @server.tool(annotations=_LOOKS)
    async def ask(
        question: _Query,
        video: str | None = None,
        start: Seconds | None = None,
        end: Seconds | None = None,
        inside: Annotated[
            list[Glob] | None,
            Field(max_length=20, description="Without video: only in files and folders so called."),
        ] = None,
    ) -> AnswersReply:
        """Have a vision model look at frames and answer a question, in plain English.

        With video (an id): about all of it, about a moment (start) or a stretch (start and end, in
        seconds). Without: the library's best moments for the question are looked at. "When …?" is
        answered with times. No answers means that nothing that the question is about is seen there.
        It takes seconds a moment, minutes for a long video.
        """
        asked = SearchRequest.model_validate({"q": question, "in": inside or []})

        def answered() -> AnswersReply:
            place = engine.place(video, start, end)
            return answerer.ask(question, engine.options(asked), place)

        try:
            return await answering.run(lambda: _told(answered))
        except BusyError as error:
            raise ToolError("Others are being answered: ask again in a moment.") from error


def _told(work: Callable[[], T]) -> T:
    """Return what `work` returns; what a user can mend becomes a sentence for the agent."""
    try:
        return work()
    except ScenelistError as error:
        raise ToolError(str(error)) from error


def _pictures(
    engine: Engine, thumbnails: Thumbnails, name: str, start: float, end: float, count: int
) -> list[str | Image]:
    video = engine.file(name)
    shown: list[str | Image] = []
    for i in range(count):
        at_s = start + (end - start) * (2 * i + 1) / (2 * count)
        at_ms = min(round(at_s * 1000), video.duration_ms or 10**10)
        picture = thumbnails.picture(video, at_ms, EDGE)
        shown += [f"{at_ms / 1000:.1f} s", Image(data=picture, format="jpeg")]
    return shown


def _playlist(engine: Engine, chosen: ChosenMoments) -> PlaylistMade:
    tracks = engine.tracks(chosen)
    made, known = engine.published(tracks, chosen.title, chosen.format)
    return PlaylistMade(
        format=known.name,
        file_name=name_for(chosen.title, known.suffix),
        moments=len(tracks) - made.missing,
        left_out=made.missing,
        text=made.data.decode("utf-8", "replace"),
    )
