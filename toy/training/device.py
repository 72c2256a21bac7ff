"""Where to train and in which numbers: what suits this machine, as the product itself chooses."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import torch

from indexer.describing.hardware import Hardware, choose_hardware


def choose(device: str = "auto") -> Hardware:
    """Return where to train: in bfloat16 where that is quick, else in float32.

    Some processors multiply bfloat16 in software only, a hundred times slower; float16 would need
    its losses scaled.
    """
    hardware = choose_hardware(device)
    if hardware.dtype == torch.bfloat16:
        return hardware
    return Hardware(hardware.device, torch.float32)


def autocast(hardware: Hardware) -> torch.autocast:
    """Return the context in which a network computes in the numbers chosen."""
    kind = hardware.device.partition(":")[0]
    return torch.autocast(kind, dtype=torch.bfloat16, enabled=hardware.half)


def moved(batch: Any, device: str) -> Any:
    """Return a batch, a dataclass of tensors or of such, on a device."""
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    assert is_dataclass(batch) and not isinstance(batch, type)
    parts = {field.name: moved(getattr(batch, field.name), device) for field in fields(batch)}
    return replace(batch, **parts)
