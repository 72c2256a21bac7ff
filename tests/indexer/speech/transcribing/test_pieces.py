"""Pieces of sound, cut where it is quiet."""

import numpy as np

from indexer.speech.transcribing.pieces import pieces, quietest
from indexer.speech.transcribing.sound import RATE, Block


def test_pieces_are_cut_where_it_is_quiet_and_lose_nothing() -> None:
    noise = np.random.default_rng(1).normal(0, 0.3, 25 * RATE).astype(np.float32)
    noise[8 * RATE : 9 * RATE] = 0
    noise[17 * RATE : 18 * RATE] = 0
    cut = list(
        pieces([Block(0, noise[: 12 * RATE]), Block(12 * RATE, noise[12 * RATE :])], 0, 10_000)
    )
    assert np.array_equal(np.concatenate([piece.samples for piece in cut]), noise)
    starts = [piece.start / RATE for piece in cut]
    assert starts[0] == 0
    assert 8 < starts[1] < 9
    assert 17 < starts[2] < 18


def test_pieces_begin_where_they_are_to() -> None:
    samples = np.arange(4 * RATE, dtype=np.float32)
    (piece,) = pieces([Block(0, samples)], 1_500)
    assert piece.start == 1.5 * RATE
    assert piece.samples[0] == samples[piece.start]


def test_long_silence_is_in_no_piece() -> None:
    one = np.ones(RATE, np.float32)
    found = list(pieces([Block(0, one), Block(10_000 * RATE, one)], 0, 10_000))
    assert [(piece.start // RATE, len(piece.samples)) for piece in found] == [
        (0, RATE),
        (10_000, RATE),
    ]


def test_a_short_piece_is_cut_at_its_end() -> None:
    assert quietest(np.ones(10, np.float32)) == 10
