"""Lengths and dates as they are written in a query."""

from datetime import datetime

import pytest

from indexer.errors import RequestError
from search.query.times import length_ms, when


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("90", 90_000),
        ("1.5s", 1_500),
        ("1h2m3s", 3_723_000),
        ("1:02:03", 3_723_000),
        ("2min", 120_000),
    ],
)
def test_lengths(text: str, ms: int) -> None:
    assert length_ms(text) == ms


@pytest.mark.parametrize("text", ["", "soon", "-1", "1:2", "1x"])
def test_what_is_no_length(text: str) -> None:
    with pytest.raises(RequestError):
        length_ms(text)


def test_years_and_months_begin_at_their_first_day() -> None:
    assert (when("2024"), when("2024-02")) == (datetime(2024, 1, 1), datetime(2024, 2, 1))
