"""Held-out films go the way of the product."""

from itertools import pairwise
from pathlib import Path

from toy.dataset.heldout_films import look, make_films


def test_held_out_films_are_read_as_the_product_reads_them(tmp_path: Path) -> None:
    films = make_films(tmp_path, 2, seed=1, new=True)
    looks = list(look(films, 4))
    assert looks
    for seen in looks:
        assert seen.clip.frames.shape[0] == len(seen.clip.times_ms) == 4
        assert max(seen.clip.frames.shape[1:3]) == 64
        assert all(a.background != b.background for a, b in pairwise(seen.sights))
