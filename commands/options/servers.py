"""The options for models behind servers: where they are, and the key that they want to see."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from indexer.errors import RequestError

_Command = TypeVar("_Command", bound=Callable[..., Any])
KEY_VARIABLE = "SCENELIST_SERVER_KEY"
_LONGEST_KEY = 4096


def server_options(command: _Command) -> _Command:
    """Give a command --server and --server-key-file."""
    key_file = click.option(
        "--server-key-file",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help=f"Holds the key that the servers want, else the variable {KEY_VARIABLE}.",
    )
    server = click.option(
        "--server",
        "servers",
        multiple=True,
        metavar="URL",
        help="The model is behind this OpenAI-style server, which gets the frames; repeatable.",
    )
    return server(key_file(command))


def server_key(servers: tuple[str, ...], key_file: Path | None) -> str:
    """Return the key for servers: what the file or the variable holds; '' where there is none.

    Raises:
        RequestError: the file cannot be read, or holds no key.
    """
    if not servers:
        if key_file is not None:
            raise RequestError("--server-key-file is for servers: give --server URL too.")
        return ""
    if key_file is None:
        return os.environ.get(KEY_VARIABLE, "").strip()
    try:
        with key_file.expanduser().open(encoding="utf-8") as file:
            key = file.read(_LONGEST_KEY + 1).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise RequestError(f"The key file {key_file} cannot be read ({reason}).") from error
    if not key or len(key) > _LONGEST_KEY or not key.isprintable():
        raise RequestError(f"The key file {key_file} holds no key: it should be one line.")
    return key
