"""A file that ends two workers is given up."""

from pathlib import Path

from indexer.pipeline.ray_cluster.lost_workers import Losses


def test_the_second_worker_lost_over_a_file_is_one_too_many() -> None:
    losses = Losses()
    one, other = Path("/a.mp4"), Path("/b.mp4")
    assert [losses.one_too_many(each) for each in (one, other, one, one)] == [
        False,
        False,
        True,
        True,
    ]
