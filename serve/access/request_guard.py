"""Who may ask: known hosts, own pages, the token; and what every reply forbids the browser."""

from __future__ import annotations

import ipaddress
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.access.tokens import COOKIE, Token

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
# Anybody may fetch these: they hold nothing of the library.
OPEN_PATHS = frozenset(
    {"/", "/style.css", "/script.js", "/icon.svg", "/api/sign-in", "/api/sign-out", "/api/health"}
)
LONGEST_URL = 16_384
LARGEST_BODY = 1_000_000

_FOR_DATA = "default-src 'none'; frame-ancestors 'none'; sandbox"
_FOR_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass(frozen=True, slots=True)
class Access:
    """What a server lets in: by which names it may be called, and with which token, if any.

    Where it listens on all addresses, an address is as good as a name: a foreign page can give
    its own name another address (DNS rebinding), but not take on an address as its name.
    """

    names: frozenset[str] = LOOPBACK_NAMES
    any_address: bool = False
    token: Token | None = None

    def knows(self, host: str) -> bool:
        """Whether a Host header, with or without a port, names this server."""
        name = _without_port(host).lower().rstrip(".")
        if name in self.names:
            return True
        return self.any_address and _is_address(name)


class FailedSignIns:
    """Counts wrong tokens of the last minute; with too many, nobody's token is looked at."""

    def __init__(
        self, most: int = 10, most_of_all: int = 100, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._most_of_all = most_of_all
        self._now = now
        self._failed: deque[tuple[float, str]] = deque(maxlen=most_of_all)

    def too_many(self, client: str) -> bool:
        """Whether a client has to wait."""
        while self._failed and self._failed[0][0] < self._now() - 60:
            self._failed.popleft()
        of_client = sum(name == client for _, name in self._failed)
        return of_client >= self._most or len(self._failed) >= self._most_of_all

    def note(self, client: str) -> None:
        """Count a wrong token."""
        self._failed.append((self._now(), client))


class Gate:
    """Stands before the application: lets in what may ask, and marks every reply."""

    def __init__(self, app: ASGIApp, access: Access, failed: FailedSignIns) -> None:
        self._app = app
        self._access = access
        self._failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no web sockets here

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                _mark(MutableHeaders(raw=message.setdefault("headers", [])))
            await send(message)

        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await refusal(scope, receive, marked)
            return
        await self._app(scope, _bounded(receive), marked)

    def _refusal(self, scope: Scope, headers: Headers) -> JSONResponse | None:
        host = headers.get("host", "")
        if not self._access.knows(host):
            return refused(421, "This server does not go by that name (see --name).")
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > LONGEST_URL:
            return refused(414, "The address is too long.")
        if _declared(headers) > LARGEST_BODY:
            return refused(413, "That is too much at once.")
        if not _is_own(scope["method"], headers, host):
            return refused(403, "Another page may not ask this.")
        if self._access.token is None or scope["path"] in OPEN_PATHS:
            return None
        return self._signed_in(scope, headers, self._access.token)

    def _signed_in(self, scope: Scope, headers: Headers, token: Token) -> JSONResponse | None:
        cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        if cookie and token.made(cookie, time.time()):
            return None
        kind, _, given = headers.get("authorization", "").partition(" ")
        client = client_of(scope)
        if given and self._failed.too_many(client):
            return refused(429, "Too many wrong tokens: wait a minute.", {"retry-after": "60"})
        if kind.lower() == "bearer" and token.is_(given.strip()):
            return None
        if given:
            self._failed.note(client)
        return refused(401, "Sign in, or send the token.", {"www-authenticate": "Bearer"})


def refused(status: int, why: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return a reply that says in a sentence why there is no other."""
    return JSONResponse({"error": why}, status, headers)


def client_of(scope: Scope) -> str:
    """Return the address that a request came from."""
    return str((scope.get("client") or ("?",))[0])


def names_for(host: str, others: Iterable[str]) -> frozenset[str]:
    """Return the names that a server on `host` goes by."""
    return LOOPBACK_NAMES | {host.lower()} | {other.lower() for other in others}


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server on `host`."""
    if host.lower() == "localhost":
        return True
    return _is_address(host) and ipaddress.ip_address(host.strip("[]")).is_loopback


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, _, port = host.rpartition(":")
    return name if name and port.isdigit() else host


def _declared(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


def _is_own(method: str, headers: Headers, host: str) -> bool:
    """Whether a request may come from where it says: our page, a program, or an opened link."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        return False
    if site in ("none", "same-origin"):
        return True
    # A link on another page may be followed; nothing else may be had from there.
    return (
        method == "GET"
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )


def _mark(headers: MutableHeaders) -> None:
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    kind = headers.get("content-type", "")
    of_page = kind.startswith(("text/html", "image/svg")) and "content-disposition" not in headers
    headers.setdefault("content-security-policy", _FOR_PAGE if of_page else _FOR_DATA)
    headers.setdefault("cache-control", "no-store")


def _bounded(receive: Receive) -> Receive:
    """Return `receive` for a body that ends when it gets too long, whatever was declared."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        return {"type": "http.disconnect"} if seen > LARGEST_BODY else message

    return bounded
