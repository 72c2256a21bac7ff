"""A plan of few steps, and the processor it is carried out on."""

import torch

from indexer.describing.hardware import Hardware
from toy.training.training_loop import Plan

CPU = Hardware("cpu", torch.float32)


def plan(seed: int) -> Plan:
    return Plan(steps=10, muon=0.006, adam=1e-3, hold=0.5, seed=seed)
