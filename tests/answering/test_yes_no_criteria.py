"""What queries want to see, and what verdicts come to."""

from pathlib import Path

import pytest

from answering.yes_no_criteria import criteria_of, judged, met, verified_first
from indexer.errors import RequestError
from indexer.video import Video
from indexer.windows import Window
from search.query.parser import parse
from search.ranking.moments import Check, Criterion, Moment

VIDEO = Video(Path("film.mp4"), "f", 1, 1, 60_000, Window(0, 60_000), 64, 48)


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("A red ball crosses the sea.", [("a red ball crosses the sea", True)]),
        ("a man opens a door and the dog runs out",
         [("a man opens a door", True), ("the dog runs out", True)]),
        ("salt and pepper", [("salt and pepper", True)]),
        ("a dog ^2; a beach in:holiday", [("a dog", True), ("a beach", True)]),
        ('a dog not:"at night"', [("a dog", True), ("at night", False)]),
        ('"a door" then "a dog" then "a cat" then "a bird"',
         [("a door", True), ("a dog", True), ("a cat", True), ("a bird", True)]),
        ("a; b; c; d", [("a; b; c; d", True)]),
    ],
)  # fmt: skip
def test_queries_become_one_to_three_criteria(query: str, texts: list[tuple[str, bool]]) -> None:
    assert [(each.text, each.wanted) for each in criteria_of(parse(query))] == texts


def test_without_words_there_is_nothing_to_verify() -> None:
    with pytest.raises(RequestError, match="Only words"):
        criteria_of(parse("like:rex.mp4@0:10"))


def test_verdicts_from_several_looks() -> None:
    criteria = (Criterion("a dog"), Criterion("a cat", wanted=False))
    seen = judged(criteria, [[0.2, 0.1], [0.9, 0.3]])
    assert [each.probability for each in seen] == [0.9, 0.3]
    assert met(seen) == pytest.approx(0.7)


def test_confirmed_come_first_and_rejected_last() -> None:
    moments = [
        Moment(VIDEO, number, number + 1, 1.0, "", check=check)
        for number, check in enumerate(
            [Check(False, 0.1), None, Check(True, 0.9), Check(), Check(True, 0.8)]
        )
    ]
    assert [moment.start_ms for moment in verified_first(moments)] == [2, 4, 1, 3, 0]
