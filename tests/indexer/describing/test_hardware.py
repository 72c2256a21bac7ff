"""Which devices there are, and which are meant."""

import os
from pathlib import Path

import pytest

from indexer.describing.hardware import choose_hardware, devices_for
from indexer.errors import ModelError
from tests.command import FAKE, Run


def test_which_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    assert devices_for("cuda:0,cuda:2") == ["cuda:0", "cuda:2"]
    for count, devices in ((0, ["auto"]), (1, ["auto"]), (3, ["cuda:0", "cuda:1", "cuda:2"])):
        monkeypatch.setattr(torch.cuda, "device_count", lambda count=count: count)
        assert devices_for("auto") == devices
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    with pytest.raises(ModelError, match="no cuda:3"):
        choose_hardware("cuda:3", "float32")
    assert choose_hardware("cuda:2", "float32").device == "cuda:2"


def test_a_device_that_is_none_is_refused(run: Run, videos: Path) -> None:
    outcome = run("index", videos, *FAKE, "--device", "gpu")
    assert outcome.status == 2
    assert "none of auto, cpu, cuda, cuda:N, mps" in outcome.err


@pytest.mark.skipif("CUDA_HOME" in os.environ, reason="there may be a GPU")
def test_a_gpu_that_is_not_there_is_told_of(run: Run, videos: Path) -> None:
    outcome = run("index", videos, "--model", "toy", "--embedder", "fake:", "--device", "cuda:1")
    assert outcome.status == 2
    assert "no CUDA GPU" in outcome.err
