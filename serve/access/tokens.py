"""The token that opens a server, and the cookie that stands for it in a browser."""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from hashlib import sha256
from pathlib import Path

from indexer.errors import RequestError

SHORTEST = 32
COOKIE = "scenelist"
COOKIE_LIFE_S = 30 * 24 * 3600


class Token:
    """A secret of at least 32 characters; whoever has it may use the server."""

    def __init__(self, secret: str) -> None:
        if len(secret) < SHORTEST:
            raise RequestError(
                f"The token has {len(secret)} characters: give it at least {SHORTEST}"
                " (`scenelist serve --new-token FILE` makes one)."
            )
        self._secret = secret.encode()

    def is_(self, given: str) -> bool:
        """Whether somebody gave the token; takes as long whatever they gave."""
        return hmac.compare_digest(
            sha256(self._secret).digest(), sha256(given.encode("utf-8", "replace")).digest()
        )

    def cookie(self, now_s: float) -> str:
        """Return a cookie that is good for thirty days; it does not tell the token."""
        until = str(int(now_s) + COOKIE_LIFE_S)
        return f"{until}.{self._sign(until)}"

    def made(self, cookie: str, now_s: float) -> bool:
        """Whether a cookie was made with this token and is still good."""
        until, _, signature = cookie.partition(".")
        right = hmac.compare_digest(
            self._sign(until), signature.encode("ascii", "replace").decode()
        )
        return right and until.isascii() and until.isdigit() and int(until) > now_s

    def _sign(self, until: str) -> str:
        return hmac.new(self._secret, f"scenelist cookie {until}".encode(), sha256).hexdigest()


def read_token(path: Path) -> Token:
    """Read a token from a file that only its owner can read.

    Raises:
        RequestError: it cannot be read, others can read it, or it is too short.
    """
    try:
        mode, text = path.stat().st_mode, path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise RequestError(f"The token file {path} cannot be read ({reason}).") from error
    if os.name != "nt" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise RequestError(f"Others can read the token file {path}: run `chmod 600 {path}`.")
    return Token(text.strip())


def write_new_token(path: Path) -> None:
    """Make a token in a new file that only its owner can read.

    Raises:
        RequestError: there is a file already, or none can be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise RequestError(f"{path} is there already: delete it, or name another file.") from None
    except OSError as error:
        raise RequestError(f"{path} cannot be written ({error.strerror}).") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
