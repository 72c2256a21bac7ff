"""How many processes decode at the same time."""

from __future__ import annotations

import os

from indexer.describing.hardware import has_gpu


def decoders_here(device: str) -> int:
    """Return how many decoders suit this machine, whose model runs on `device`."""
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
    return decoders_for(len(usable) or os.cpu_count() or 1, gpu=device != "cpu" and has_gpu())


def decoders_for(cores: int, *, gpu: bool) -> int:
    """Return how many decoders suit a machine.

    On a GPU the model is fast and the cores are free: all but two of them, and no more than
    eight decoders, for each has threads. On a CPU the model needs the cores, and one decoder
    stays ahead of it.
    """
    return max(1, min(8, cores - 2)) if gpu else max(1, min(4, cores // 8))
