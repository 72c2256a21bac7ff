"""One thing after another, and what is said while something is seen, worked out by hand."""

import pytest

from search.ranking.sequences import Found, at_once, in_order


def found(start_s: int, end_s: int, score: float, text: str, video: str = "v") -> Found:
    return Found(video, 1_000 * start_s, 1_000 * end_s, score, text, "", score, 1_000 * start_s)


def spans(items: list[Found]) -> list[tuple[str, int, int]]:
    return [(item.fingerprint, item.start_ms // 1_000, item.end_ms // 1_000) for item in items]


def test_a_step_follows_in_the_same_video_and_the_score_is_their_mean() -> None:
    goals = [found(10, 20, 0.8, "a goal"), found(10, 20, 0.7, "a goal", "w")]
    cheers = [found(15, 30, 0.6, "cheering"), found(5, 12, 0.6, "cheering", "w")]
    (chain,) = in_order([goals, cheers], 30_000)
    assert spans([chain]) == [("v", 10, 30)]
    assert chain.score == pytest.approx(0.7)
    assert (chain.text, chain.confidence, chain.best_ms) == ("a goal → cheering", 0.6, 10_000)


@pytest.mark.parametrize(
    ("start_s", "end_s", "follows"),
    [
        (50, 60, True),  # just within 30 s of the end
        (51, 60, False),
        (11, 21, True),
        (10, 30, False),  # begins with it
        (11, 20, False),  # ends with it
    ],
)
def test_when_a_step_follows(start_s: int, end_s: int, follows: bool) -> None:
    steps = [[found(10, 20, 0.8, "a")], [found(start_s, end_s, 0.8, "b")]]
    assert bool(in_order(steps, 30_000)) is follows


def test_of_all_ways_to_a_last_step_the_best_is_kept() -> None:
    first = [found(0, 10, 0.9, "better"), found(10, 20, 0.8, "nearer")]
    (chain,) = in_order([first, [found(20, 30, 0.9, "last")]], 30_000)
    assert (chain.text, chain.start_ms) == ("better → last", 0)


def test_what_answers_a_step_weakly_is_no_step() -> None:
    steps = [[found(0, 10, 1.0, "a"), found(40, 50, 0.59, "weak")], [found(50, 60, 1.0, "b")]]
    assert in_order(steps, 30_000) == []
    steps[0][1] = found(40, 50, 0.6, "strong enough")
    assert spans(in_order(steps, 30_000)) == [("v", 40, 60)]


def test_what_overlaps_a_better_one_is_dropped() -> None:
    first = [found(0, 10, 0.9, "a")]
    then = [found(10, 20, 0.9, "b"), found(15, 25, 0.8, "b"), found(5, 15, 0.7, "b")]
    assert spans(in_order([first, then], 30_000)) == [("v", 0, 20)]


def test_what_is_said_meanwhile_is_as_sure_as_the_less_sure_of_both() -> None:
    seen = [found(0, 10, 0.4, "a dog"), found(5, 15, 0.8, "a big dog"), found(0, 99, 0.9, "x", "w")]
    said = [found(8, 9, 0.6, "woof"), found(15, 16, 0.9, "after it")]
    (both,) = at_once(seen, said)
    assert spans([both]) == [("v", 8, 9)]
    assert (both.text, both.confidence) == ("a big dog", 0.6)
    assert both.score == pytest.approx(0.7)
