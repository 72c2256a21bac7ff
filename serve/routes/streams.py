"""Pictures and films over HTTP, by content id only: no path ever comes from a client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import FileResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from indexer.errors import RequestError
from serve.access.request_guard import refused
from serve.engine import MissingError
from serve.media.browser_media import LONGEST_S, Film, media_type
from serve.media.thumbnails import EDGES
from serve.schemas.requests import VideoId
from serve.state import Site

_FOR_EVER = {"cache-control": "private, max-age=31536000, immutable"}
_AtMs = Annotated[int, Path(ge=0, le=10**10)]
_Seconds = Annotated[float, Query(ge=0, le=10**7)]


def routes(site: Site) -> APIRouter:
    """Return the routes that send pictures and films."""
    router = APIRouter(prefix="/api")
    _add_thumbnails(router, site)
    _add_media(router, site)
    _add_clips(router, site)
    return router


def _add_thumbnails(router: APIRouter, site: Site) -> None:
    @router.get("/thumbnails/{video}/{at_ms}.jpg", summary="A picture", response_class=Response)
    async def thumbnail(
        video: VideoId, at_ms: _AtMs, edge: Annotated[int, Query()] = EDGES[1]
    ) -> Response:
        if edge not in EDGES:
            raise RequestError(f"Pictures are {', '.join(map(str, EDGES))} pixels wide.")

        def made() -> bytes:
            kept = site.thumbnails.kept(video, at_ms, edge)
            if kept is not None:
                return kept
            known = site.engine.file(video)
            if at_ms > max(known.duration_ms, known.span.end_ms):
                raise MissingError("The video is not that long.")
            return site.thumbnails.picture(known, at_ms, edge)

        return Response(await site.drawing.run(made), media_type="image/jpeg", headers=_FOR_EVER)


def _add_media(router: APIRouter, site: Site) -> None:
    @router.head("/media/{video}", include_in_schema=False)
    @router.get("/media/{video}", summary="A file", response_class=FileResponse)
    async def media(video: VideoId, range_: Annotated[str, Header(alias="range")] = "") -> Response:
        known = await site.looking.run(lambda: site.engine.file(video))
        if "," in range_:
            return refused(416, "One range at a time.")
        try:
            status = known.path.stat()
        except OSError as error:
            raise MissingError("The file has just gone.") from error
        return FileResponse(
            known.path,
            media_type=media_type(known.path),
            stat_result=status,
            headers={"cache-control": "private, no-cache"},
        )


def _add_clips(router: APIRouter, site: Site) -> None:
    @router.get("/clips/{video}", summary="A film of a moment", response_class=StreamingResponse)
    async def clip(video: VideoId, start: _Seconds, end: _Seconds) -> Response:
        known = await site.looking.run(lambda: site.engine.file(video))
        if not start < end <= start + LONGEST_S:
            raise RequestError(f"A film of a moment lasts up to {LONGEST_S:.0f} seconds.")
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(site.filming.a_place())
            film = await Film.start(known.path, round(start * 1000), round(end * 1000))
            stack.push_async_callback(film.end)
            first = await film.read()
            if not first:
                raise MissingError("No film can be made of this moment.")
            return FilmResponse(film, first, stack.pop_all())


class FilmResponse(StreamingResponse):
    """Sends a film while it is made; ends its making however the sending ends."""

    def __init__(self, film: Film, first: bytes, then: AsyncExitStack) -> None:
        super().__init__(_pieces(film, first), media_type="video/mp4")
        self._then = then

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        async with self._then:
            await super().__call__(scope, receive, send)


async def _pieces(film: Film, first: bytes) -> AsyncIterator[bytes]:
    piece = first
    while piece:
        yield piece
        piece = await film.read()
