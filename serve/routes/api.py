"""The HTTP API: each route parses, calls one method of the engine and shapes the reply."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from indexer.errors import ScenelistError
from playlist.file_names import name_for
from playlist.formats.registry import Format
from playlist.players import choose, play
from playlist.playlist_files import write as write_whole
from playlist.tracks import tracks_of_moments
from playlist.write_playlist import Published
from serve.access.request_guard import client_of, refused
from serve.access.tokens import COOKIE, COOKIE_LIFE_S
from serve.answerer import Answerer, AnswersReply, VerifiedMoments, VerifiedReply
from serve.engine import MissingError
from serve.render_process import rendered
from serve.routes import vlc_replies
from serve.schemas.replies import (
    DescribedVideo,
    ErrorReply,
    ExamplesReply,
    SavedReply,
    SearchReply,
    StatusReply,
    VideosReply,
)
from serve.schemas.requests import (
    MOST_MOMENTS,
    ChosenMoments,
    Listing,
    ModelRequest,
    SearchRequest,
    SignIn,
    VideoId,
)
from serve.state import Site

# A format's suffix → the type under which it is sent, where there is a usual one.
_TYPES = {
    ".xspf": "application/xspf+xml",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".json": "application/json",
    ".csv": "text/csv",
    ".vtt": "text/vtt",
    ".xml": "application/xml",
    ".html": "text/html",
}
_WRONG: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorReply, "description": "A mistake in what was asked."},
    401: {"model": ErrorReply, "description": "The token is missing or wrong."},
    404: {"model": ErrorReply, "description": "It is not there."},
    503: {"model": ErrorReply, "description": "Too much at once: come again in a moment."},
}


def routes(site: Site) -> APIRouter:
    """Return the routes under /api that answer with facts."""
    router = APIRouter(prefix="/api", responses=_WRONG)
    _add_questions(router, site)
    _add_playlists(router, site)
    _add_sign_in(router, site)
    if site.answerer is not None:
        _add_answers(router, site, site.answerer)
    return router


def _add_questions(router: APIRouter, site: Site) -> None:
    engine = site.engine

    @router.get("/search", summary="Find moments")
    async def search(asked: Annotated[SearchRequest, Query()]) -> SearchReply:
        return await site.searching.run(lambda: engine.search(asked))

    @router.get("/videos", summary="List videos")
    async def videos(wanted: Annotated[Listing, Query()]) -> VideosReply:
        return await site.looking.run(lambda: engine.videos(wanted))

    @router.get("/videos/{video}", summary="Show a video's windows")
    async def video(video: VideoId) -> DescribedVideo:
        return await site.looking.run(lambda: engine.described(video))

    @router.get("/status", summary="The library in a few numbers")
    async def status() -> StatusReply:
        return await site.looking.run(engine.status)

    @router.get("/examples", summary="Questions that this library can answer")
    async def examples() -> ExamplesReply:
        return await site.looking.run(engine.examples)

    if site.saved is not None:
        told = site.saved

        @router.get("/saved", summary="Questions that are kept with the library")
        async def saved() -> list[SavedReply]:
            return await site.looking.run(told)

    @router.get("/health", summary="Whether the server is there", include_in_schema=False)
    async def health() -> dict[str, str]:
        return {"scenelist": "ready"}


def _add_playlists(router: APIRouter, site: Site) -> None:
    engine = site.engine

    @router.get("/playlist", summary="A question's answers as a playlist", response_class=Response)
    async def playlist(asked: Annotated[_PlaylistRequest, Query()]) -> Response:
        made = await site.rendering.run(lambda: engine.playlist(asked, asked.format))
        return _download(made, asked.q)

    @router.post("/playlist", summary="Chosen moments as a playlist", response_class=Response)
    async def chosen_playlist(chosen: ChosenMoments) -> Response:
        made = await site.rendering.run(
            lambda: engine.published(engine.tracks(chosen), chosen.title, chosen.format)
        )
        return _download(made, chosen.title)

    @router.get("/vlc", summary="Answers as lines, for the search box inside VLC")
    async def vlc(asked: Annotated[SearchRequest, Query()]) -> Response:
        lines = await site.rendering.run(partial(_lines, site, asked))
        return Response(lines, media_type="text/plain; charset=utf-8")

    @router.post("/play", summary="Open chosen moments in the player of this machine")
    async def open_player(chosen: ChosenMoments) -> dict[str, int]:
        if site.access.token is not None:
            raise MissingError("This server opens no player: download the playlist instead.")
        return {"moments": await site.rendering.run(partial(_play, site, chosen))}


class _PlaylistRequest(SearchRequest):
    """A question whose answers become a file."""

    format: str = Field(default="xspf", max_length=40)
    limit: int = Field(default=100, ge=1, le=MOST_MOMENTS)


def _download(made: tuple[Published, Format], title: str) -> Response:
    published, known = made
    name = name_for(title, known.suffix)
    plain = name.encode("ascii", "ignore").decode() or f"moments{known.suffix}"
    return Response(
        published.data,
        media_type=_TYPES.get(known.suffix, "application/octet-stream"),
        headers={
            "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''"
            + quote(name),
            "x-left-out": str(published.missing),
        },
    )


def _lines(site: Site, asked: SearchRequest) -> bytes:
    try:
        moments, _ = site.engine.find(asked)
        if not moments:
            return vlc_replies.note(f"Nothing matches {asked.q!r}.")
        made = rendered(tracks_of_moments(moments), asked.q, vlc_replies.FORMAT)
    except ScenelistError as error:
        return vlc_replies.note(str(error))
    return made.data or vlc_replies.note("None of these files is on this machine now.")


def _play(site: Site, chosen: ChosenMoments) -> int:
    player = choose()
    name = "mpv-edl" if player == "mpv" else "xspf"
    tracks = site.engine.tracks(chosen)
    made, known = site.engine.published(tracks, chosen.title, name)
    # The player reads it some time after it has been started: it stays until the system tidies up.
    path = Path(mkdtemp(prefix="scenelist-")) / name_for(chosen.title, known.suffix)
    write_whole(path, made.data)
    play(path, player)
    return len(tracks) - made.missing


def _add_sign_in(router: APIRouter, site: Site) -> None:
    @router.post("/sign-in", summary="Exchange the token for a cookie")
    async def sign_in(given: SignIn, request: Request) -> Response:
        token, client = site.access.token, client_of(request.scope)
        if token is None:
            return JSONResponse({"signed_in": True})
        if site.failed.too_many(client):
            return refused(429, "Too many wrong tokens: wait a minute.", {"retry-after": "60"})
        if not token.is_(given.token.strip()):
            site.failed.note(client)
            return refused(401, "That is not the token.")
        reply = JSONResponse({"signed_in": True})
        reply.set_cookie(
            COOKIE,
            token.cookie(time.time()),
            max_age=COOKIE_LIFE_S,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return reply

    @router.post("/sign-out", summary="Forget the cookie")
    async def sign_out() -> Response:
        reply = JSONResponse({"signed_in": False})
        reply.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return reply


def _add_answers(router: APIRouter, site: Site, answerer: Answerer) -> None:
    engine = site.engine

    def looked_at(asked: SearchRequest) -> list[VerifiedReply]:
        moments, _ = engine.find(asked)
        return answerer.verify(asked.q, moments, engine.options(asked))

    def answered(asked: ModelRequest) -> AnswersReply:
        place = engine.place(asked.video, asked.start, asked.end)
        return answerer.ask(asked.q, engine.options(asked), place)

    @router.get("/ask", summary="Have the model look, and answer")
    async def ask(asked: Annotated[ModelRequest, Query()]) -> AnswersReply:
        return await site.answering.run(lambda: answered(asked))

    @router.get("/verify", summary="Have the model look at the moments again")
    async def verify(asked: Annotated[SearchRequest, Query()]) -> VerifiedMoments:
        return VerifiedMoments(moments=await site.answering.run(lambda: looked_at(asked)))
