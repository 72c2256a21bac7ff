"""Listens: takes the port, says so, and serves until it is told to stop."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from indexer.errors import RequestError


def listen(host: str, port: int) -> socket.socket:
    """Take a port; 0 takes any that is free.

    Raises:
        RequestError: it cannot be had.
    """
    try:
        kind = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        taken = socket.socket(kind[0], kind[1])
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(kind[4])
    except OSError as error:
        raise RequestError(
            f"Port {port} on {host} cannot be had ({error.strerror}): is a server running there"
            " already? Choose another --port."
        ) from error
    return taken


def address(host: str, taken: socket.socket) -> str:
    """Return where a browser on this machine finds the server."""
    port = taken.getsockname()[1]
    here = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    return f"http://{f'[{here}]' if ':' in here else here}:{port}/"


def serve(app: ASGIApp, taken: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until interrupted; what is under way then gets a second to end."""
    _Server(settings(app), ready).run(sockets=[taken])


def settings(app: ASGIApp) -> uvicorn.Config:
    """Return how a server behaves: quiet, bounded, quick to end."""
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        limit_concurrency=500,
        backlog=200,
        timeout_keep_alive=20,
        h11_max_incomplete_event_size=32_768,
        ws="none",
    )


class _Server(uvicorn.Server):
    """Tells when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        if self.started:
            self._ready()
