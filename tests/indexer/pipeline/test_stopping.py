"""When a run ends by itself."""

from datetime import datetime

import pytest

from indexer.errors import RequestError
from indexer.pipeline.stopping import Ending, Stopping, seconds_until


def test_a_run_ends_when_its_time_is_over() -> None:
    now = [0.0]
    stopping = Stopping(60.0, clock=lambda: now[0])
    assert stopping.reason() == ""
    assert stopping.left_s == 60
    now[0] = 60.0
    assert stopping.reason() == "its time is over"
    assert Stopping().reason() == ""


def test_a_run_ends_once_the_mains_are_unplugged_and_asks_now_and_then() -> None:
    now, unplugged, asked = [0.0], [False], [0]

    def on_battery() -> bool:
        asked[0] += 1
        return unplugged[0]

    stopping = Stopping(on_battery=on_battery, clock=lambda: now[0])
    for now[0] in (0.0, 1.0, 14.0):
        assert stopping.reason() == ""
    assert asked[0] == 1
    unplugged[0], now[0] = True, 15.0
    assert stopping.reason() == "the machine runs on its battery"
    unplugged[0], now[0] = False, 30.0
    assert stopping.reason() == ""


@pytest.mark.parametrize(
    ("text", "hours"), [("07:00", 8.0), ("7:00", 8.0), ("23:30", 0.5), ("23:00", 24.0)]
)
def test_a_time_of_day_is_the_next_one(text: str, hours: float) -> None:
    assert seconds_until(text, datetime(2024, 5, 12, 23, 0)) == hours * 3600


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "at 14:05:01"),
        (3600, "at 15:05"),
        (23 * 3600, "tomorrow at 13:05"),
        (40 * 3600, "on 2024-05-14 at 06:05"),
    ],
)
def test_when_it_ends_is_said(seconds: float, words: str) -> None:
    assert Ending(seconds, "--for", datetime(2024, 5, 12, 14, 5)).when == words


@pytest.mark.parametrize("text", ["", "noon", "25:00", "07:00+02:00", "2024-05-12"])
def test_what_is_no_time_of_day_is_told(text: str) -> None:
    with pytest.raises(RequestError, match="07:00"):
        seconds_until(text, datetime(2024, 5, 12, 23, 0))
