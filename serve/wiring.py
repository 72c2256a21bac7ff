"""Puts a server together from what the command line says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from indexer.errors import RequestError
from search import Library
from serve.access.request_guard import Access, is_loopback, names_for
from serve.access.tokens import read_token
from serve.answerer import Answerer
from serve.engine import Engine
from serve.media.thumbnails import Thumbnails
from serve.schemas.replies import FeaturesReply, SavedReply
from serve.state import Site

_EVERYWHERE = {"0.0.0.0", "::"}


def access(host: str, names: Sequence[str], token_file: Path | None) -> Access:
    """Return what a server on `host` lets in.

    Raises:
        RequestError: others could reach it, and there is no token; or the token is no good.
    """
    if token_file is None and not is_loopback(host):
        raise RequestError(
            f"Others can reach {host}: add --token-file FILE"
            " (`scenelist serve --new-token FILE` makes one)."
        )
    token = read_token(token_file) if token_file else None
    return Access(names_for(host, names), host in _EVERYWHERE, token)


def engine(folder: Path, *, offline: bool, features: FeaturesReply) -> Engine:
    """Open a library for serving; what answers questions is loaded now."""
    return Engine(lambda: Library.open(folder, offline=offline), features)


def site(
    folder: Path,
    cache: Path,
    allowed: Access,
    *,
    offline: bool,
    answerer: Answerer | None = None,
) -> Site:
    """Return the parts of a server over the library in `folder`; `answerer` looks, if one does.

    Raises:
        LibraryError: there is none.
    """
    closed = allowed.token is not None
    looks = answerer is not None
    features = FeaturesReply(
        ask=looks, verify=looks, open_in_player=not closed, sign_out=closed, saved=True
    )
    serving = engine(folder, offline=offline, features=features)
    return Site(
        serving,
        Thumbnails(cache / "thumbnails"),
        allowed,
        answerer,
        lambda: [
            SavedReply(name=each.name, query=each.query) for each in serving.library.saved.all()
        ],
    )
