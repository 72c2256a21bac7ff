"""Which of the servers asked for answer, what programs they are, and which models they list."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.describing.describer import Announce, DescriberOptions
from indexer.describing.servers.address import address
from indexer.describing.servers.connection import (
    BusyError,
    Connection,
    RefusedError,
    TroubleError,
    no_answer,
)
from indexer.describing.servers.server_programs import ServerKind, kind_of, model_names
from indexer.errors import ModelError, RequestError


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers: its connection, which program it is, and the models it lists."""

    connection: Connection
    kind: ServerKind
    models: tuple[str, ...]


def reached_servers(options: DescriberOptions, announce: Announce) -> list[Served]:
    """Return the servers that answer; says of the others that they do not.

    Raises:
        ModelError: none does, or one wants another key.
        RequestError: an address is none, or the network is not to be used.
    """
    wheres = [address(url) for url in dict.fromkeys(options.servers)]
    if options.offline and (away := next((w for w in wheres if not w.here), None)):
        raise RequestError(
            f"With --offline no frame goes to {away.host}: leave one of the two out."
        )
    reached: list[Served] = []
    silent: list[ModelError] = []
    for where in wheres:
        connection = Connection(where, options.server_key)
        try:
            listing = connection.models()
        except RefusedError as error:
            if error.status in {401, 403}:
                raise no_answer(where, error) from error
            listing = (error.status, {}, None)  # some list none
        except (TroubleError, BusyError) as error:
            silent.append(no_answer(where, error))
            connection.close()
            continue
        kind = kind_of(listing, connection.get)
        reached.append(Served(connection, kind, tuple(model_names(listing[2]))))
    if not reached:
        raise silent[0]
    for gone in silent:
        announce(f"{gone} The others go on.")
    return reached


def model_of(servers: list[Served], name: str) -> str:
    """Return the model that is meant: the one named, else the only one that servers list.

    Raises:
        ModelError: none is named and there are others than one, or a server has not the one named.
    """
    listed = {model for server in servers for model in server.models}
    if not name:
        if len(listed) != 1:
            some = f": {', '.join(sorted(listed)[:10])}" if listed else ""
            raise ModelError(f"Say with --model which of the servers' models is meant{some}.")
        name = next(iter(listed))
    lacking = [each for each in servers if each.models and name not in each.models]
    if lacking:
        where = lacking[0].connection.where.host
        some = ", ".join(sorted(lacking[0].models)[:10])
        raise ModelError(f"The server at {where} has no model {name!r}: it has {some}.")
    return name
