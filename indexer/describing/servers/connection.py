"""One server: its requests over HTTP, each with a limit in time and size, and what its no means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import monotonic, time
from typing import Any

import httpx2

from indexer.describing.servers.address import Address
from indexer.describing.servers.server_programs import Answer
from indexer.errors import ModelError, ScenelistError

_CONNECT_S = 10.0
# For what costs a server no thought.
_QUICK_S = 30.0
_MOST_BYTES = 8 * 2**20
# What a server may answer when it has too much to do, or is about to be there again.
_BUSY = frozenset({429, 503})
_PASSING = frozenset({408, 409, 425, 500, 502, 504, 529})


class BusyError(Exception):
    """The server asks for patience: `wait_s` seconds, if it says how many."""

    def __init__(self, wait_s: float | None) -> None:
        super().__init__("it is busy")
        self.wait_s = wait_s


class TroubleError(Exception):
    """The server did not answer, or not sensibly; the text says how. It may the next time."""


class RefusedError(Exception):
    """The server will not have this request, however often it is sent."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Connection:
    """Asks one server; for any number of threads.

    Redirections are not followed: frames go to no other host than the one that was named. The key
    goes with every request and is said nowhere.
    """

    def __init__(self, where: Address, key: str = "") -> None:
        self.where = where
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            self._client = httpx2.Client(
                headers={"User-Agent": "scenelist", **headers},
                follow_redirects=False,
                # To this machine nothing goes by way of a proxy.
                trust_env=not where.here,
                limits=httpx2.Limits(max_connections=64, max_keepalive_connections=64),
            )
        except (ValueError, UnicodeEncodeError) as error:
            raise ModelError(
                "The server's key has characters that no key has: check SCENELIST_SERVER_KEY or"
                " the key file."
            ) from error

    def get(self, path: str) -> Answer:
        """Fetch a path below the server's root; a status of 0 where that fails."""
        try:
            return self._send("GET", self.where.root + path, None, _QUICK_S)
        except TroubleError:
            return 0, {}, None

    def models(self) -> Answer:
        """Fetch the list of models.

        Raises:
            TroubleError: the server does not answer.
            BusyError, RefusedError: it does not give the list.
        """
        answer = self._send("GET", f"{self.where.api}/models", None, _QUICK_S)
        return self._taken(answer)

    def chat(self, body: Mapping[str, object], limit_s: float) -> Any:
        """Return the reply to a chat request, as JSON.

        Raises:
            TroubleError: there is none in time, or it is nonsense.
            BusyError: the server has too much to do.
            RefusedError: it will not do it.
        """
        sent = self._send("POST", f"{self.where.api}/chat/completions", body, limit_s)
        reply = self._taken(sent)[2]
        if not isinstance(reply, dict):
            raise TroubleError("its answer is no JSON object")
        return reply

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _taken(self, answer: Answer) -> Answer:
        status, headers, body = answer
        if status == 200:
            return answer
        if status in _BUSY:
            raise BusyError(_retry_after(headers))
        if status in _PASSING:
            raise TroubleError(f"it answers with {_said(status, body)}")
        if 300 <= status < 400:
            raise RefusedError(status, "it sends one elsewhere, and frames do not follow")
        raise RefusedError(status, _said(status, body))

    def _send(
        self, method: str, url: str, body: Mapping[str, object] | None, limit_s: float
    ) -> Answer:
        """Send a request and read its answer whole, in the time given; each end may be hostile."""
        ends = monotonic() + limit_s
        timeout = httpx2.Timeout(limit_s, connect=min(limit_s, _CONNECT_S))
        try:
            with self._client.stream(method, url, json=body, timeout=timeout) as response:
                pieces, size = [], 0
                for piece in response.iter_bytes():
                    pieces.append(piece)
                    size += len(piece)
                    if size > _MOST_BYTES:
                        raise TroubleError("its answer does not end")
                    if monotonic() > ends:
                        raise TroubleError(f"it did not end its answer in {limit_s:.0f} s")
                headers = {name.lower(): value for name, value in response.headers.items()}
                return response.status_code, headers, _json(b"".join(pieces))
        except httpx2.TimeoutException as error:
            raise TroubleError(f"it did not answer in {limit_s:.0f} s") from error
        except httpx2.ConnectError as error:
            raise TroubleError(f"nothing answers there ({_short(str(error))})") from error
        except httpx2.HTTPError as error:
            raise TroubleError(f"the connection broke ({_short(str(error))})") from error


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds to wait by a Retry-After, which gives seconds or a date."""
    said = headers.get("retry-after", "")
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time())
    except (ValueError, TypeError, OverflowError):
        return None


def _said(status: int, body: Any) -> str:
    """Return an error's status with what the server says of it, which may be anything."""
    told = body
    for name in ("error", "message", "detail"):
        if isinstance(told, dict) and name in told:
            told = told[name]
    words = _short(told) if isinstance(told, str) else ""
    return f"{status} ({words})" if words else str(status)


def _short(words: str) -> str:
    """Return the first of some words from elsewhere, without what is not printable."""
    shown = "".join(char if char.isprintable() else " " for char in words)
    return " ".join(shown.split())[:200].rstrip(". ")


def no_answer(where: Address, error: ScenelistError | Exception) -> ModelError:
    """Return what a user is told of a server with which nothing can be done."""
    host = where.host
    if isinstance(error, RefusedError) and error.status in {401, 403}:
        return ModelError(
            f"The server at {host} wants another key ({error.status}): put it into the variable"
            " SCENELIST_SERVER_KEY, or into a file for --server-key-file."
        )
    if isinstance(error, RefusedError) and error.status in {404, 405, 501}:
        return ModelError(
            f"The server at {host} has no chat completions there ({error}): check the address"
            " and --model."
        )
    if isinstance(error, RefusedError):
        return ModelError(
            f"The server at {host} refuses a request: {error}. Where it is too long, give it fewer"
            " frames or pictures, or start the server with a longer context."
        )
    if isinstance(error, BusyError):
        return ModelError(f"The server at {host} has been too busy all along: run again later.")
    return ModelError(f"The server at {host} cannot be used: {error}; start it and run again.")
