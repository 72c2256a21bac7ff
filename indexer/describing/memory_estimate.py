"""How much memory a model takes on a CPU, told from its files before it is loaded."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from math import prod
from pathlib import Path

from indexer.describing.describer import Announce
from indexer.errors import ModelError

# What Python and the libraries take before any weight.
LIBRARIES = 1_000_000_000
# For each window of a batch: its frames and what layers hand on; and by weight, its prompt's past.
_WINDOW, _PAST = 100_000_000, 0.07


@dataclass(frozen=True, slots=True)
class Needs:
    """Bytes of memory that describing takes: surely more than `least`, hardly more than `most`."""

    least: int
    most: int


def needs(folder: Path, per_weight: tuple[float, float], batch: int) -> Needs:
    """Return what describing with a checkpoint takes, in batches of so many windows.

    `per_weight` are the bytes that each weight takes: at least, and with all copies of it.
    """
    weights = parameters_of(folder)
    least, most = per_weight
    rest = LIBRARIES + batch * window_bytes(weights)
    return Needs(int(weights * least), int(weights * most + rest))


def check_memory(name: str, needed: Needs, free: int | None, announce: Announce) -> None:
    """Say, before a model is loaded, that memory may not suffice.

    Raises:
        ModelError: it cannot suffice, for the weights alone are larger.
    """
    if free is None or needed.most <= free:
        return
    remedy = "choose a smaller --model or --batch-size, or close other programs"
    if needed.least > free:
        raise ModelError(
            f"{name} does not fit into memory ({needed.least / 1e9:.1f} GB of weights,"
            f" {free / 1e9:.1f} GB free): {remedy}."
        )
    announce(
        f"{name} may take {needed.most / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free:"
        f" if this ends early or gets slow, {remedy}."
    )


def window_bytes(weights: int) -> int:
    """Return what one more window in a batch takes of memory."""
    return int(_WINDOW + _PAST * weights)


def batch_within(batch: int, free: int | None, weights: int) -> int:
    """Return how many windows to describe at a time, of `batch`, in half of what is left."""
    return batch if free is None else max(1, min(batch, free // (2 * window_bytes(weights))))


def parameters_of(folder: Path) -> int:
    """Return how many weights a checkpoint's safetensors hold, from their headers; 0: none."""
    return sum(_in_file(file) for file in folder.glob("*.safetensors"))


def _in_file(file: Path) -> int:
    """Count by the table that every safetensors file begins with, its length in 8 bytes before."""
    try:
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            if length > 100_000_000:
                return 0
            table = json.loads(opened.read(length))
        shapes = [entry["shape"] for name, entry in table.items() if name != "__metadata__"]
        return sum(prod(shape) for shape in shapes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return 0  # a damaged file is told of by who loads it


def free_on(device: str) -> int | None:
    """Return how much memory is free for a model on a device; None where that is not known."""
    if device == "cpu":
        return free_bytes()
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info(device)[0])
    return None


def free_bytes() -> int | None:
    """Return how much memory programs can still have here; None where that is not known."""
    found = []
    for line in _lines(Path("/proc/meminfo")):
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            found.append(int(rest.split()[0]) * 1024)
    if not found and hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    group = Path("/sys/fs/cgroup")  # a container's, or a service's, where it has a limit
    limit, used = _lines(group / "memory.max"), _lines(group / "memory.current")
    if limit and used and limit[0].isdigit():
        found.append(max(0, int(limit[0]) - int(used[0])))
    return min(found, default=None)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
