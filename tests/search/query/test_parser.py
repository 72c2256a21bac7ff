"""The query language: what each form means, and that an error points at its spot."""

from datetime import datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import RequestError
from search.query.filters.registry import Condition, Filters, filters_of
from search.query.parser import Like, Query, Text, parse


def test_sides_are_read() -> None:
    assert parse("said: we must cut").side == "said"
    assert parse("said: we must cut").texts[0].text == "we must cut"
    both = parse('a man seen:blackboard said:"the budget" said:cut')
    assert both.side == "seen"
    assert [text.text for text in both.texts] == ["a man blackboard"]
    assert both.also is not None
    assert (both.also.side, both.also.phrases) == ("said", ("the budget",))
    assert both.also.texts[0].text == "the budget cut"
    assert parse('"a" then "b" said:').side == "said"
    assert parse("he said nothing").side == ""


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("a dog  runs", Query((Text("a dog runs"),))),
        ("a man falls then gets up", Query((Text("a man falls then gets up"),))),
        ("12:30 on a clock", Query((Text("12:30 on a clock"),))),
        ('"error 404" shown', Query((Text("error 404 shown"),), phrases=("error 404",))),
        ("a dog ^2; snow^.5", Query((Text("a dog", 2), Text("snow", 0.5)))),
        ('dog not:"at night" not:rain', Query((Text("dog"),), nots=("at night", "rain"))),
        ("like:a.mp4@12:30", Query(likes=(Like("a.mp4", 750_000),))),
        ('like:"a b.mp4"@90s x', Query((Text("x"),), likes=(Like("a b.mp4", 90_000),))),
        (
            "x in:a/* not-in:*.mkv min-length:1m max-length:2h",
            Query(
                (Text("x"),),
                filters=filters_of(
                    {
                        "in": ["a/*"],
                        "not-in": ["*.mkv"],
                        "min-length": ["60"],
                        "max-length": ["120m"],
                    }
                ),
            ),
        ),
        (
            "x after:2024-05 before:18:30",
            Query(
                (Text("x"),),
                filters=Filters(
                    (Condition("after", datetime(2024, 5, 1)), Condition("before", time(18, 30)))
                ),
            ),
        ),
        ('"a" then "b c" within 30s', Query(steps=("a", "b c"), within_ms=30_000)),
        (
            '"a" then "b" then "c" in:x',
            Query(steps=("a", "b", "c"), filters=filters_of({"in": ["x"]})),
        ),
    ],
)
def test_forms(text: str, query: Query) -> None:
    assert parse(text) == query


@pytest.mark.parametrize(
    ("text", "spot"),
    [
        ('a "b', 2),
        ("x after:soon", 2),
        ("x in: y", 2),
        ("x like:a.mp4", 2),
        ('"a" then b', 9),
        ('"a" then "b" within soon', 20),
        ('"a" then "b" after "c"', 13),
        ("x ^0", 2),
        ("^2", 0),
        ('a ""', 2),
        ("x min-length:long", 2),
    ],
)
def test_an_error_points_at_its_spot(text: str, spot: int) -> None:
    with pytest.raises(RequestError) as caught:
        parse(text)
    message, shown, caret = str(caught.value).split("\n")
    assert f"character {spot + 1}" in message
    assert shown == f"  {text}"
    assert caret == f"  {' ' * spot}^"


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text)
    except RequestError as error:
        assert "character" in str(error)


@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=8))
def test_plain_words_stay_as_they_are(words: list[str]) -> None:
    assert parse(" ".join(words)) == Query((Text(" ".join(words)),))
