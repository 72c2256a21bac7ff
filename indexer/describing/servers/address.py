"""Where a server is: its URL checked and completed, and whether that is this machine. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from indexer.errors import RequestError

_API = "/v1"


@dataclass(frozen=True, slots=True)
class Address:
    """A server: `root` is its URL without the API's path, `api` with it, `host` as it is shown."""

    root: str
    api: str
    host: str
    here: bool
    encrypted: bool


def address(url: str) -> Address:
    """Return the server that a URL names; `/v1` is added where it does not end with it.

    >>> address("http://127.0.0.1:8000/").api
    'http://127.0.0.1:8000/v1'

    Raises:
        RequestError: it is no URL of a server, or has a password in it.
    """
    try:
        parts = urlsplit(url)
        name, port = parts.hostname, parts.port
    except ValueError:
        name = port = None
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not name or not url.isprintable() or " " in url:
        raise RequestError(
            f"{url!r} is no server's address: give --server http://HOST:PORT, or https://…"
        )
    if parts.username is not None or parts.password is not None:
        raise RequestError(
            "A server's address stays without name and password: put the key into the variable"
            " SCENELIST_SERVER_KEY, or into a file for --server-key-file."
        )
    if parts.query or parts.fragment:
        raise RequestError(f"{url!r} has more than a path: leave out what follows ? or #.")
    path = parts.path.rstrip("/").removesuffix("/chat/completions").removesuffix(_API)
    bracketed = f"[{name}]" if ":" in name else name
    host = bracketed if port is None else f"{bracketed}:{port}"
    root = f"{parts.scheme}://{host}{path}"
    return Address(root, root + _API, host, _is_here(name), parts.scheme == "https")


def _is_here(name: str) -> bool:
    """Whether what is sent to a host never leaves this machine."""
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
