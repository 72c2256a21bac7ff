"""How many processes decode at the same time."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Of NVIDIA's driver, of it on a Jetson and under Windows, and of AMD's.
_GPUS = ("/dev/nvidiactl", "/dev/nvmap", "/dev/dxg", "/dev/kfd")


def decoders_here(device: str) -> int:
    """Return how many decoders suit this machine, whose model runs on `device`."""
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
    return decoders_for(len(usable) or os.cpu_count() or 1, gpu=device != "cpu" and _has_gpu())


def decoders_for(cores: int, *, gpu: bool) -> int:
    """Return how many decoders suit a machine.

    On a GPU the model is fast and the cores are free: all but two of them, and no more than
    eight decoders, for each has threads. On a CPU the model needs the cores, and one decoder
    stays ahead of it.
    """
    return max(1, min(8, cores - 2)) if gpu else max(1, min(4, cores // 8))


def _has_gpu() -> bool:
    """Whether torch has a GPU here; it is not asked, which takes seconds, where there is none."""
    if "torch" not in sys.modules and not _may_have_gpu():
        return False
    import torch

    return torch.cuda.is_available() or torch.backends.mps.is_available()


def _may_have_gpu() -> bool:
    """Whether there is a sign of a GPU: Linux shows them as devices; elsewhere there may be one."""
    return not sys.platform.startswith("linux") or any(Path(path).exists() for path in _GPUS)
