"""How many processes decode."""

import pytest

from indexer.pipeline.decoder_count import decoders_for


@pytest.mark.parametrize(
    ("cores", "gpu", "decoders"),
    [(2, False, 1), (8, False, 1), (64, False, 4), (1, True, 1), (6, True, 4), (64, True, 8)],
)
def test_as_many_decoders_as_suit_the_machine(cores: int, gpu: bool, decoders: int) -> None:
    assert decoders_for(cores, gpu=gpu) == decoders
