"""What every filter keeps to, and what several ask together."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from indexer.errors import RequestError
from indexer.video import Video
from indexer.windows import Window
from search.query.filters.registry import (
    ANY,
    KEYS,
    OTHER_WORDS,
    condition,
    each,
    filters_of,
    joined,
    passing,
)
from search.query.parser import parse


def made(at: str) -> int:
    """Return a date of this machine's clock in ms since 1970."""
    return round(datetime.fromisoformat(at).timestamp() * 1000)


LAKE = Video(
    Path("/films/Lago di Garda/Käthe.mp4"),
    "f1",
    1,
    0,
    90_000,
    Window(0, 90_000),
    640,
    360,
    recorded_ms=made("2024-06-10T23:30"),
)
# For each key a value that LAKE passes and one that it does not.
ASKED = {
    "in": ("garda", "rome"),
    "not-in": ("*.mkv", "kathe"),
    "after": ("2024-06", "2024-07-01"),
    "before": ("2024-07", "2024-06-10"),
    "min-length": ("90s", "2m"),
    "max-length": ("1m30s", "60"),
}


def test_every_key_is_tried() -> None:
    assert set(ASKED) == set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_a_key_lets_pass_what_it_says_and_nothing_else(key: str) -> None:
    yes, no = ASKED[key]
    assert passing(filters_of({key: [yes]}))(LAKE)
    assert not passing(filters_of({key: [no]}))(LAKE)


@pytest.mark.parametrize("key", KEYS)
def test_what_is_written_is_read_as_the_same(key: str) -> None:
    for text in ASKED[key]:
        asked = condition(key, text)
        assert parse(str(asked)).filters.conditions == (asked,)


def test_a_name_with_spaces_is_written_in_quotes() -> None:
    assert str(condition("in", "lago di garda")) == 'in:"lago di garda"'
    assert parse('in:"lago di garda"').filters == filters_of({"in": ["lago di garda"]})


@pytest.mark.parametrize(
    ("asked", "passes"),
    [
        ({"in": ["rome", "garda"]}, True),
        ({"not-in": ["rome", "garda"]}, False),
        ({"in": ["garda"], "not-in": ["kathe"]}, False),
        ({"min-length": ["1m", "2m"]}, False),
        ({"max-length": ["2m", "1m"]}, False),
        ({"after": ["22:00"], "before": ["05:00"]}, True),
        ({"after": ["23:45"], "before": ["05:00"]}, False),
        ({"after": ["05:00"], "before": ["22:00"]}, False),
        ({"after": ["2024-06-10T23:30"], "before": ["2024-06-10T23:31"]}, True),
        ({"before": ["2024-06-10T23:30"]}, False),
    ],
)
def test_several_together(asked: dict[str, list[str]], passes: bool) -> None:
    assert passing(filters_of(asked))(LAKE) is passes


def test_a_video_that_says_no_date_has_none() -> None:
    undated = replace(LAKE, recorded_ms=0)
    assert not passing(filters_of({"after": ["1980"]}))(undated)
    assert not passing(filters_of({"before": ["2080"]}))(undated)
    assert passing(filters_of({"in": ["garda"]}))(undated)


def test_what_two_ask_is_asked_together_and_told_apart() -> None:
    both = joined(filters_of({"in": ["garda"]}), filters_of({"min-length": ["2m"]}))
    assert not passing(both)(LAKE)
    told = {written: passing(one)(LAKE) for written, one in each(both)}
    assert told == {"in:garda": True, "min-length:2m": False}


def test_nothing_asked_lets_all_pass() -> None:
    assert passing(ANY)(LAKE)


@pytest.mark.parametrize("key", ["after", "before", "min-length", "max-length"])
def test_nonsense_is_refused_in_a_sentence(key: str) -> None:
    with pytest.raises(RequestError, match="'soon' is no "):
        condition(key, "soon")


def test_what_people_write_for_a_key_is_none_itself() -> None:
    assert not set(OTHER_WORDS) & set(KEYS)
    assert OTHER_WORDS["length"] == "min-length: or max-length:"
