"""Where a run spends its time, and what made it take so long."""

import pytest

from indexer.pipeline.timings import (
    DECODING,
    DESCRIBING,
    KEEPING,
    LOADING,
    NO_FRAMES,
    NOT_KEPT,
    Stages,
)


def test_seconds_add_up_those_in_turn_first_each_kind_by_length() -> None:
    stages = Stages()
    for stage, seconds in ((LOADING, 1.0), (DECODING, 9.0), (DESCRIBING, 2.0), (KEEPING, 10.0)):
        stages.add(stage, seconds)
    stages.add(LOADING, 2.5)
    assert list(stages.seconds().items()) == [
        (LOADING, 3.5),
        (DESCRIBING, 2.0),
        (KEEPING, 10.0),
        (DECODING, 9.0),
    ]


@pytest.mark.parametrize(
    ("longest", "bottleneck"),
    [(NO_FRAMES, DECODING), (NOT_KEPT, KEEPING), (DESCRIBING, DESCRIBING), (LOADING, LOADING)],
)
def test_what_was_waited_for_is_the_bottleneck(longest: str, bottleneck: str) -> None:
    stages = Stages()
    for stage in (LOADING, DESCRIBING, NO_FRAMES, NOT_KEPT):
        stages.add(stage, 1.0)
    stages.add(longest, 0.5)
    stages.add(DECODING, 50.0)  # beside the model, which did not wait for it
    assert stages.bottleneck == bottleneck


def test_where_nothing_was_done_in_turn_there_is_none() -> None:
    stages = Stages()
    assert stages.bottleneck == ""
    stages.add(DECODING, 50.0)
    assert stages.bottleneck == ""


def test_a_stage_that_is_broken_off_counts_too() -> None:
    stages = Stages()
    with pytest.raises(KeyError), stages.at(DESCRIBING):
        raise KeyError
    assert list(stages.seconds()) == [DESCRIBING]
    assert stages.seconds()[DESCRIBING] > 0
