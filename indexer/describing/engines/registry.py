"""Which engines there are: one line each, asked in this order whether they suit."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from indexer.describing.engines.engine import EngineKind

# name → the module with its `KIND`; torch runs whatever the others do not.
KINDS: dict[str, str] = {
    "openvino": "indexer.describing.engines.openvino_kind",
    "torch": "indexer.describing.engines.torch_engine",
}
ENGINES = ("auto", *KINDS)


def engine_kind(name: str) -> EngineKind:
    """Return who loads the engine of that name."""
    kind: EngineKind = cast("EngineKind", import_module(KINDS[name]).KIND)
    return kind
