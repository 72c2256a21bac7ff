"""The query language with whatever anybody may type: an answer or one error, never a traceback."""

import json
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer.errors import RequestError, ScenelistError
from indexer.video import Video
from indexer.windows import Window
from search import Library
from search.exchange.descriptions import from_lines
from search.query.filters.registry import Condition, Filters, passing
from search.query.options import SearchOptions
from search.query.parser import Query, like, parse
from search.query.times import length_ms, when
from tests.command import Run, one_sentence

VIDEO = Video(
    Path("/films/a.mp4"), "f", 1, 1_700_000_000_000_000_000, 60_000, Window(0, 60_000), 64, 48
)
KEYS = ("in", "not-in", "after", "before", "min-length", "max-length", "not", "like")
digits = st.text("0123456789", min_size=1, max_size=420)
values = st.one_of(
    st.text(st.characters(), max_size=20),
    digits,
    st.datetimes().map(lambda at: at.isoformat()),
    st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()),
    st.times().map(lambda at: at.isoformat()),
    st.tuples(st.text(":.hms-+TZ0123456789", max_size=24)).map("".join),
    st.tuples(st.text(max_size=8), digits).map("@".join),
    st.sampled_from(["18:30+01:00", "18:30Z", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"]),
)
pieces = st.one_of(
    st.tuples(st.sampled_from(KEYS), values).map(":".join),
    st.tuples(st.sampled_from(KEYS), values).map('{0[0]}:"{0[1]}"'.format),
    values.map('"{}"'.format),
    values.map("a dog ^{}".format),
    st.sampled_from(["then", "within", ";", '"', "in:", "a dog", "within 30s", "@1:00", "^", "^2"]),
    values,
)
queries = st.lists(pieces, max_size=6).map(" ".join) | st.text(st.characters(), max_size=60)


@settings(max_examples=10_000)
@given(queries)
@example("after:18:30+01:00 before:19:00")
@example("after:0001-01-01T00:00+14:00")
@example("min-length:" + "9" * 400)
@example("like:a.mp4@99999999999999")
def test_any_query_is_read_or_refused(text: str) -> None:
    try:
        query = parse(text)
    except RequestError as error:
        assert str(error).startswith("At character ")
        return
    assert isinstance(query, Query)
    passing(query.filters)(VIDEO)


@settings(max_examples=2_000)
@given(values)
def test_any_value_of_a_filter_is_read_or_refused(text: str) -> None:
    for read in (when, length_ms, like):
        try:
            value = read(text)
        except RequestError as error:
            assert one_sentence(f"{error}\n") or "\n" in text
            assert len(str(error)) < 400
            continue
        if isinstance(value, int):
            assert 0 <= value <= 360_000_000_000
        elif isinstance(value, datetime | time):
            for key in ("after", "before"):
                passing(Filters((Condition(key, value), Condition(key, value))))(VIDEO)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("fuzz")
    made = Library.open(folder / "library", create=True, embedder="fake:")
    facts = {"video": "/v/a.mp4", "duration": 60, "start": 0, "end": 10, "text": "a red dog"}
    made.take_in(from_lines([json.dumps(facts)], folder))
    return made


@settings(max_examples=150)
@given(queries)
@example("\ud800 dog")
@example('"\ud800" dog')
@example("\x00 dog")
@example('"\x00"')
@example("like:a.mp4@99999h")
@example("in:\udcff dog")
def test_any_query_is_answered_or_refused(library: Library, text: str) -> None:
    try:
        assert isinstance(library.search(text, 3, SearchOptions()), list)
    except ScenelistError as error:
        assert str(error)


WRONG = {
    "after:18:30+01:00": "is a time of day with a zone: write it as this machine's clock shows it",
    "after:18:30Z": "is a time of day with a zone",
    "before:0000": "'0000-01-01' is no date or time",
    "before:10000-01-01": "is no date or time",
    "after:0001-01-01T00:00+14:00": "is no date or time",
    "after:9999-12-31T23:59-12:00": "is no date or time",
    "min-length:" + "9" * 400: "9…' is longer than any video",
    "max-length:" + "9" * 400 + "h": "9…' is longer than any video",
    "like:a.mp4@99999999999999": "'99999999999999' is longer than any video",
    '"a" then "b" within ' + "9" * 400: "is longer than any video",
}


@pytest.mark.parametrize("query", WRONG, ids=lambda query: str(query)[:30])
def test_what_makes_no_sense_is_said_at_its_place(query: str) -> None:
    with pytest.raises(RequestError, match="At character") as caught:
        parse(query)
    assert WRONG[query] in str(caught.value)


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--after", "18:30+01:00"),
        ("--before", "18:30Z"),
        ("--min-length", "9" * 400),
        ("--longest", "9" * 400),
        ("--like", "a.mp4@99999999999999"),
    ],
)
def test_a_flag_that_makes_no_sense_is_one_sentence(run: Run, flag: str, value: str) -> None:
    outcome = run("search", "a dog", flag, value)
    assert outcome.status == 2
    assert one_sentence(outcome.err), outcome.err


def test_dates_with_a_zone_are_understood() -> None:
    at = datetime.fromtimestamp(VIDEO.mtime_ns / 1e9, UTC)
    assert at.isoformat() == "2023-11-14T22:13:20+00:00"
    for text, passes in (
        ("after:2023-11-14T22:13Z", True),
        ("after:2023-11-15T00:13+02:00", True),
        ("after:2023-11-14T22:14Z", False),
        ("before:2023-11-14T23:14+01:00", True),
    ):
        assert passing(parse(text).filters)(VIDEO) is passes, text
