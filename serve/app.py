"""The application: routes put together, errors turned into sentences, the gate before it all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from mcp.server.transport_security import TransportSecuritySettings
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from indexer.errors import LibraryError, RequestError, ScenelistError, VideoError
from search.query.parser import QueryError
from serve.access.request_guard import Gate, refused
from serve.engine import MissingError
from serve.mcp_tools import tools
from serve.routes import api, streams
from serve.state import Site
from serve.worker_pool import BusyError

PAGE = Path(__file__).parent / "page"
_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/style.css": ("style.css", "text/css; charset=utf-8"),
    "/script.js": ("script.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
_REVALIDATED = {"cache-control": "no-cache"}


def application(site: Site) -> ASGIApp:
    """Return the whole server of a site: page, API, MCP."""
    agents = tools(site.engine, site.thumbnails, site.answerer, site.answering)
    for_agents = agents.streamable_http_app(
        streamable_http_path="/mcp",
        stateless_http=True,
        json_response=True,
        # The gate has looked at Host and Origin before.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with agents.session_manager.run():
            yield
        site.thumbnails.close()

    app = FastAPI(
        title="Scenelist",
        summary="Search video by what happens in it.",
        version=version("scenelist"),
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.include_router(api.routes(site))
    app.include_router(streams.routes(site))
    for path, (name, kind) in _FILES.items():
        _add_file(app, path, PAGE / name, kind)
    app.router.routes.extend(for_agents.routes)
    _add_errors(app)
    return Gate(app, site.access, site.failed)


def _add_file(app: FastAPI, path: str, file: Path, kind: str) -> None:
    @app.get(path, include_in_schema=False)
    async def page() -> Response:
        return FileResponse(file, media_type=kind, headers=_REVALIDATED)


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(ScenelistError)
    async def said(_: Request, error: ScenelistError) -> JSONResponse:
        if isinstance(error, QueryError):
            return JSONResponse({"error": str(error), "at": error.at}, 400)
        return refused(_status(error), str(error))

    @app.exception_handler(BusyError)
    async def busy(_: Request, error: BusyError) -> JSONResponse:
        return refused(503, "Too much at once: come again in a moment.", {"retry-after": "1"})

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "the request"
        return refused(400, f"{where}: {first['msg']}.")

    @app.exception_handler(HTTPException)
    async def other(_: Request, error: HTTPException) -> JSONResponse:
        return refused(error.status_code, str(error.detail), dict(error.headers or {}))


def _status(error: ScenelistError) -> int:
    if isinstance(error, MissingError | VideoError):
        return 404
    if isinstance(error, RequestError):
        return 400
    return 503 if isinstance(error, LibraryError) else 422
