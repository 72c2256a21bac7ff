"""What the libraries that this one stands on are told before they are imported."""

from __future__ import annotations

import os

_SETTINGS = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    # It warns of partitions that it need not read, and of its own defaults.
    "LANCEDB_LOG": "error",
    # NumPy multiplies small matrices only here: threads would cost more than they give.
    "OPENBLAS_NUM_THREADS": "1",
}


def keep_to_themselves() -> None:
    """Have no dependency report home, warn of its own affairs or take threads for small work.

    What the environment says already stays.
    """
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
