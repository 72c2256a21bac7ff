"""A describer through scripted servers, with little patience, and what it should say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from indexer.describing.describer import DescriberOptions
from indexer.describing.servers.address import address
from indexer.describing.servers.connection import Connection
from indexer.describing.servers.dispatch import Patience
from indexer.describing.servers.openai_server import ServerDescriber
from indexer.describing.servers.reachable_servers import Served
from indexer.describing.servers.server_programs import VLLM
from indexer.media.clip import Clip
from indexer.windows import Window
from tests.scripted_server import Scripted

QUICK = Patience(
    silence_s=1.0,
    answer_s=5.0,
    quick_s=0.3,
    first_pause_s=0.02,
    longest_pause_s=0.2,
    tries=3,
)


def clips(count: int) -> list[Clip]:
    """Return clips that differ in their number of frames."""
    return [
        Clip(
            Window(0, 10_000),
            tuple(100 * i for i in range(1 + number % 8)),
            np.full((1 + number % 8, 16, 16, 3), number, np.uint8),
        )
        for number in range(count)
    ]


def words(count: int) -> list[str]:
    return [f"{1 + number % 8} frames." for number in range(count)]


def through(
    *servers: Scripted, said: Callable[[str], Any] = lambda _: None, **patience: float
) -> ServerDescriber:
    """Return a describer through servers, with little patience, and without a probe."""
    served = [Served(Connection(address(each.url)), VLLM, ("a-model",)) for each in servers]
    facts = {name: getattr(QUICK, name) for name in QUICK.__slots__} | patience
    options = DescriberOptions("server:a-model", prompt="What is this?")
    return ServerDescriber(served, "a-model", options, said, Patience(**facts))
