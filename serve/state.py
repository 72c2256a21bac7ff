"""What the routes of one server share: the engine, the pictures, the bounds on work."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from serve.access.request_guard import Access, FailedSignIns
from serve.answerer import Answerer
from serve.engine import Engine
from serve.media.thumbnails import Thumbnails
from serve.schemas.replies import SavedReply
from serve.worker_pool import Workers

_CORES = os.cpu_count() or 2


@dataclass(frozen=True, slots=True)
class Site:
    """One server's parts. A search has a core to itself; others wait in turn, not for ever.

    `saved` tells the questions that are kept with the library, where there are such.
    """

    engine: Engine
    thumbnails: Thumbnails
    access: Access
    answerer: Answerer | None = None
    saved: Callable[[], list[SavedReply]] | None = None
    failed: FailedSignIns = field(default_factory=FailedSignIns)
    searching: Workers = field(default_factory=lambda: Workers(min(4, _CORES), 200))
    drawing: Workers = field(default_factory=lambda: Workers(2, 400))
    rendering: Workers = field(default_factory=lambda: Workers(2, 20))
    filming: Workers = field(default_factory=lambda: Workers(4, 0))
    looking: Workers = field(default_factory=lambda: Workers(8, 200))
    answering: Workers = field(default_factory=lambda: Workers(1, 4))
