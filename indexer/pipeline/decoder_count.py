"""How many processes decode at the same time."""

from __future__ import annotations

import os

from indexer.describing.hardware import has_gpu


def decoders_here(device: str, *, elsewhere: bool = False) -> int:
    """Return how many decoders suit this machine, whose model runs on `device`.

    With a model that is `elsewhere`, behind a server, the cores are as free as with a GPU.
    """
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
    free = elsewhere or (device != "cpu" and has_gpu())
    return decoders_for(len(usable) or os.cpu_count() or 1, gpu=free)


def decoders_for(cores: int, *, gpu: bool) -> int:
    """Return how many decoders suit a machine.

    On a GPU the model is fast and the cores are free: all but two of them, and no more than
    eight decoders, for each has threads. On a CPU the model needs the cores, and one decoder
    stays ahead of it.
    """
    return max(1, min(8, cores - 2)) if gpu else max(1, min(4, cores // 8))
