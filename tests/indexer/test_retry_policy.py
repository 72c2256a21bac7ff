"""Which failures are the file's, which may be the machine's, and which say that it is no video."""

import pytest

from indexer.retry_policy import (
    CRASHED,
    DESCRIBER_CRASHED,
    HANGS,
    NO_PICTURE,
    is_no_video,
    may_pass,
)


@pytest.mark.parametrize("error", [CRASHED, f"{HANGS} (no frame in 120 s)", DESCRIBER_CRASHED])
def test_what_died_or_hung_may_go_another_time(error: str) -> None:
    assert may_pass(error)
    assert not is_no_video(error)


@pytest.mark.parametrize("error", ["", "it is empty (0 bytes)", "they say its decoder crashed"])
def test_damage_stays(error: str) -> None:
    assert not may_pass(error)
    assert not is_no_video(error)


def test_without_a_picture_it_is_no_video_and_stays_none() -> None:
    assert is_no_video(NO_PICTURE)
    assert not may_pass(NO_PICTURE)
    assert not is_no_video(f"{NO_PICTURE}, or so it says")
