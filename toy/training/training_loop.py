"""What both stages of training share: optimisers, the rate's rise and fall, resuming."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from statistics import fmean
from time import perf_counter, process_time
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from indexer.describing.hardware import Hardware
from toy.training.muon import Muon

_BETAS = (0.9, 0.98)
_DECAY = 0.01


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast a stage learns.

    `muon` is the rate of the layers' matrices (Muon), `adam` that of all else (AdamW); both rise
    over `warm_steps`, hold until `hold` of all steps, then fall in a line.
    """

    steps: int
    muon: float
    adam: float
    hold: float
    warm_steps: int = 40
    seed: int = 0

    def rate(self, step: int) -> float:
        """Return the share of the full rate at a step."""
        done = step / self.steps
        falling = 1.0 if done < self.hold else max(0.01, (1 - done) / (1 - self.hold))
        return min(1.0, (step + 1) / self.warm_steps) * falling


class Optimisers:
    """Muon for the matrices in layers, AdamW for the rest; slower where `slow` says so."""

    def __init__(
        self,
        network: nn.Module,
        heads: nn.Module,
        plan: Plan,
        hardware: Hardware,
        slow: float = 1.0,
    ) -> None:
        layers: tuple[list[nn.Parameter], list[nn.Parameter]] = ([], [])
        rest: tuple[list[nn.Parameter], list[nn.Parameter]] = ([*heads.parameters()], [])
        for name, weights in network.named_parameters():
            vision = "text_model" not in name and "lm_head" not in name
            matrix = weights.ndim == 2 and ".layers." in name
            (layers if matrix else rest)[vision].append(weights)
        self._plan = plan
        self._all: list[torch.optim.Optimizer] = [
            Muon(
                [
                    {"params": group, "lr": plan.muon * share}
                    for group, share in zip(layers, (1.0, slow), strict=True)
                    if group
                ],
                lr=plan.muon,
                weight_decay=_DECAY,
                momentum=0.95,
                dtype=hardware.dtype,
            ),
            torch.optim.AdamW(
                [
                    {"params": group, "lr": plan.adam * share}
                    for group, share in zip(rest, (1.0, slow), strict=True)
                    if group
                ],
                lr=plan.adam,
                betas=_BETAS,
                weight_decay=_DECAY,
            ),
        ]
        self._full = [[group["lr"] for group in each.param_groups] for each in self._all]

    def step(self, loss: torch.Tensor, number: int) -> None:
        """Learn from a loss."""
        for each, full in zip(self._all, self._full, strict=True):
            for group, rate in zip(each.param_groups, full, strict=True):
                group["lr"] = rate * self._plan.rate(number)
            each.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        weights = [w for each in self._all for group in each.param_groups for w in group["params"]]
        nn.utils.clip_grad_norm_(weights, 1.0)
        for each in self._all:
            each.step()

    def state(self) -> list[dict[str, Any]]:
        """Return what `restore` takes."""
        return [each.state_dict() for each in self._all]

    def restore(self, states: list[dict[str, Any]]) -> None:
        """Go on from a saved state."""
        for each, state in zip(self._all, states, strict=True):
            each.load_state_dict(state)


class Saved:
    """A stage's state on disk: the step, the weights and the optimisers, written whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, network: nn.Module, heads: nn.Module, optimisers: Optimisers) -> int:
        """Restore what was saved, if anything; return the step to go on with."""
        if not self._path.exists():
            return 0
        state = torch.load(self._path, weights_only=True, map_location="cpu")
        network.load_state_dict(state["network"])
        heads.load_state_dict(state["heads"])
        optimisers.restore(state["optimisers"])
        return int(state["step"])

    def save(self, step: int, network: nn.Module, heads: nn.Module, optimisers: Optimisers) -> None:
        """Write the state after `step` steps."""
        part = self._path.with_suffix(".part")
        state = {"network": network.state_dict(), "heads": heads.state_dict()}
        torch.save({**state, "optimisers": optimisers.state(), "step": step}, part)
        part.replace(self._path)


def batches(dataset: Dataset[Any], first: int) -> Iterator[Any]:
    """Yield a data set's batches from number `first` on, drawn ahead in another process."""
    steps = range(first, len(dataset))  # type: ignore[arg-type]  # both of ours have a length
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    loader = DataLoader(dataset, batch_size=None, sampler=steps, num_workers=1, prefetch_factor=8)
    yield from loader


class Log:
    """Says now and then how a stage is doing, in means since it last said so.

    And how long it took, in minutes by the clock and of all processors that this process kept busy.
    """

    def __init__(self, stage: str, steps: int, every: int = 50) -> None:
        self._stage, self._steps, self._every = stage, steps, every
        self._sums: dict[str, list[float]] = {}
        self._start, self._start_busy = perf_counter(), process_time()

    def add(self, step: int, figures: dict[str, float]) -> None:
        """Take a step's figures; print the means when it is time."""
        for name, value in figures.items():
            if not isnan(value):  # of no frames at all, say
                self._sums.setdefault(name, []).append(value)
        if (step + 1) % self._every and step + 1 != self._steps:
            return
        means = "  ".join(f"{name} {fmean(values):.3f}" for name, values in self._sums.items())
        minutes = (perf_counter() - self._start) / 60
        busy = (process_time() - self._start_busy) / 60
        took = f"{minutes:.1f} min, {busy:.1f} busy"
        print(f"{self._stage} {step + 1}/{self._steps}  {took}  {means}", flush=True)
        self._sums = {}
