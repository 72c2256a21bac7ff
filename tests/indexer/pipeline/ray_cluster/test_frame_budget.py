"""Frames under way in a cluster are bounded in bytes, which are known before decoding."""

from threading import Thread

from indexer.media.readers.reader import FrameSize
from indexer.pipeline.ray_cluster.frame_budget import (
    BYTES_EACH,
    ByteLimit,
    FrameBudget,
    clip_bytes,
    frames_limit,
)


def test_a_windows_bytes_are_frames_times_their_size() -> None:
    assert clip_bytes(8, FrameSize(512, square=True), 1920, 1080) == 8 * 512 * 512 * 3 == 6_291_456
    assert clip_bytes(8, FrameSize(512), 1920, 1080) == 8 * 512 * 288 * 3
    assert clip_bytes(8, FrameSize(512), 320, 240) == 8 * 320 * 240 * 3, "none is enlarged"
    assert clip_bytes(8, FrameSize(512), 0, 0) == 6_291_456, "at most, where it is not known"
    assert clip_bytes(1, FrameSize(384, square=True), 64, 48) == 442_368


def test_so_many_bytes_for_each_describer_and_no_more_than_half_of_the_store() -> None:
    assert BYTES_EACH == 4_000_000_000
    assert frames_limit(1, 20e9) == 4_000_000_000
    assert frames_limit(8, 200e9) == 32_000_000_000
    assert frames_limit(8, 20e9) == 10_000_000_000
    assert frames_limit(3, 20e9, each=500) == 1_500


def test_a_batch_is_at_most_half_of_what_can_be_gathered() -> None:
    budget = FrameBudget(1_000_000_000)
    assert (budget.ahead.limit, budget.gathered.limit) == (500_000_000, 500_000_000)
    assert budget.batch(16, 6_291_456) == 16
    assert budget.batch(512, 6_291_456) == 39
    assert FrameBudget(BYTES_EACH).batch(512, 6_291_456) == 2 * 79
    assert FrameBudget(10).batch(512, 6_291_456) == 1


def test_no_more_is_taken_than_there_is_and_who_waits_gets_what_is_given_back() -> None:
    limit = ByteLimit(100)
    assert limit.take(60, lambda: False)
    assert limit.take(40, lambda: False)
    assert not limit.take(1, lambda: True), "there is none left"
    got: list[bool] = []
    waiting = Thread(target=lambda: got.append(limit.take(50, lambda: False)), daemon=True)
    waiting.start()
    limit.give_back(40)
    assert not limit.take(41, lambda: True)
    limit.give_back(60)
    waiting.join(timeout=60)
    assert got == [True]
    assert limit.taken == 50
    limit.give_back(50)
    assert limit.take(1_000, lambda: True), "what is larger than the limit goes alone"
    assert not limit.take(1, lambda: True)
