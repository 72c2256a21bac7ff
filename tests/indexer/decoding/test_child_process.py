"""What a file that takes too much memory costs."""

from pathlib import Path

import pytest

from indexer.decoding.child_process import Decoder
from indexer.decoding.messages import Broken, ProbeOrder


def test_a_file_that_takes_too_much_memory_costs_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def greedy(_: Path) -> None:
        raise MemoryError

    monkeypatch.setattr("indexer.decoding.child_process.read_timeline", greedy)
    replies = list(Decoder().answer(ProbeOrder(tmp_path / "a.mkv")))
    assert replies == [Broken("there is not enough memory to decode it")]
