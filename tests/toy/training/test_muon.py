"""Our Muon against torch's."""

import torch

from toy.training.muon import Muon


def test_matrices_change_as_with_the_muon_of_torch() -> None:
    torch.manual_seed(0)
    start = [torch.randn(shape) for shape in ((24, 8), (8, 24), (24, 8), (8, 8))]
    ends = []
    for made in (Muon, torch.optim.Muon):
        matrices = [torch.nn.Parameter(each.clone()) for each in start]
        muon = made([{"params": matrices}], lr=0.1, weight_decay=0.01, momentum=0.95)
        for step in range(1, 4):
            for matrix in matrices:
                matrix.grad = torch.sin(step * matrix.detach())
            muon.step()
        ends.append(matrices)
    for ours, theirs in zip(*ends, strict=True):
        assert torch.allclose(ours, theirs, atol=0.02)
