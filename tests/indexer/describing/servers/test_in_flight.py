"""How many requests a server is given: more while that answers more a second, never too many."""

import pytest

from indexer.describing.servers.in_flight import MOST, InFlight


def settle(flight: InFlight, capacity: int, answers: int = 2_000) -> list[int]:
    """Let a server answer that does `capacity` requests side by side; return the limits seen."""
    limits = [flight.limit]
    for _ in range(answers):
        flight.answered(flight.limit, max(1.0, flight.limit / capacity))
        if flight.limit != limits[-1]:
            limits.append(flight.limit)
        if flight.settled:
            break
    return limits


@pytest.mark.parametrize(
    ("capacity", "limits"),
    [
        (1, [2, 4, 2]),  # one after the other: one more on its way there
        (2, [2, 4, 2]),
        (4, [2, 4, 8, 4]),
        (8, [2, 4, 8, 16, 8]),
        (1_000, [2, 4, 8, 16, 32]),
    ],
)
def test_as_many_as_help_and_no_more(capacity: int, limits: list[int]) -> None:
    flight = InFlight()
    assert settle(flight, capacity) == limits
    assert flight.limit <= MOST
    assert flight.settled


def test_answers_of_a_time_with_fewer_requests_say_nothing() -> None:
    flight = InFlight()
    for _ in range(100):
        flight.answered(1, 1.0)
    assert flight.limit == 2


def test_a_server_that_asks_for_less_gets_less_and_later_another_try() -> None:
    flight = InFlight()
    settle(flight, 1_000)
    flight.overloaded()
    assert flight.limit == 16
    flight.overloaded()
    assert flight.limit == 8
    for _ in range(400):
        flight.answered(8, 1.0)
    assert not flight.settled
    assert settle(flight, 1_000) == [8, 16, 32]


def test_there_is_always_one() -> None:
    flight = InFlight(most=1)
    for _ in range(5):
        flight.overloaded()
    assert flight.limit == 1
