"""Which device and number format suit this machine; asked once, before a model is loaded."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from indexer.errors import ModelError

if TYPE_CHECKING:
    import torch

DTYPES = ("float32", "bfloat16", "float16", "int8")
# Of NVIDIA's driver, of it on a Jetson and under Windows, and of AMD's.
_GPUS = ("/dev/nvidiactl", "/dev/nvmap", "/dev/dxg", "/dev/kfd")
# bf16 must be clearly faster on a CPU to be chosen: converted in software it is slower.
_WORTH_IT = 1.2


@dataclass(frozen=True, slots=True)
class Hardware:
    """A torch device name and the dtype to compute in."""

    device: str
    dtype: torch.dtype

    @property
    def half(self) -> bool:
        """Whether numbers take 16 bits."""
        return self.dtype.itemsize == 2


def devices_for(wish: str) -> list[str]:
    """Return the devices to describe on: those named, with commas between; for auto every GPU."""
    import torch

    if wish == "auto" and torch.cuda.device_count() > 1:
        return [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    return wish.split(",")


def choose_hardware(device: str = "auto", dtype: str = "auto") -> Hardware:
    """Resolve `auto` to the best device here, and to bf16 where that device is good at it.

    `device` is auto, cpu, mps, cuda or cuda:N.

    Raises:
        ModelError: the device asked for is not on this machine.
    """
    import torch

    device = _best_device() if device == "auto" else device
    kind, _, number = device.partition(":")
    if kind == "cuda" and not torch.cuda.is_available():
        raise ModelError("There is no CUDA GPU that torch can use here: leave --device out.")
    if number and int(number) >= torch.cuda.device_count():
        raise ModelError(f"There is no {device} here: leave --device out, or see nvidia-smi.")
    if device == "mps" and not torch.backends.mps.is_available():
        raise ModelError("There is no Apple GPU that torch can use here: leave --device out.")
    if dtype != "auto":
        return Hardware(device, getattr(torch, dtype))
    if kind == "cuda":
        good = torch.cuda.is_bf16_supported(including_emulation=False)
        return Hardware(device, torch.bfloat16 if good else torch.float16)
    if device == "mps":
        return Hardware(device, torch.float16)
    return Hardware(device, torch.bfloat16 if cpu_likes_bfloat16() else torch.float32)


def _best_device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


@cache
def cpu_likes_bfloat16() -> bool:
    """Time a layer of the vision tower in both formats: names of CPUs say less than a clock."""
    import torch

    def seconds(dtype: torch.dtype) -> float:
        frames, weights = torch.ones(1024, 768, dtype=dtype), torch.ones(768, 3072, dtype=dtype)
        best = float("inf")
        for _ in range(4):
            start = perf_counter()
            torch.mm(frames, weights)
            best = min(best, perf_counter() - start)
        return best

    return seconds(torch.float32) > _WORTH_IT * seconds(torch.bfloat16)


def has_gpu() -> bool:
    """Whether torch has a GPU here; it is not asked, which takes seconds, where there is none."""
    if "torch" not in sys.modules and not _may_have_gpu():
        return False
    import torch

    return torch.cuda.is_available() or torch.backends.mps.is_available()


def _may_have_gpu() -> bool:
    """Whether there is a sign of a GPU: Linux shows them as devices; elsewhere there may be one."""
    return not sys.platform.startswith("linux") or any(Path(path).exists() for path in _GPUS)
