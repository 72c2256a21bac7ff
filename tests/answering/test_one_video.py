"""Questions about a whole video, with a describer that names colours."""

from pathlib import Path

from answering import Answering
from answering.answer_merging import Unseen, Watched
from answering.video_reference import VideoReference
from tests.answering.known_moments import answers


def test_a_whole_video_gives_one_answer_with_its_times(answering: Answering, films: Path) -> None:
    heard = list(
        answering.ask("When is there a blue picture?", VideoReference(films / "first.mp4"))
    )
    (answer,) = answers(iter(heard))
    assert [(w.done, w.total) for w in heard if isinstance(w, Watched)] == [(1, 3), (2, 3), (3, 3)]
    (shown,) = answer.rests_on
    assert abs(shown.start_ms - 21_000) <= 1_000
    assert shown.end_ms == 28_000
    assert answer.text in {"0:20 to 0:28", "0:21 to 0:28"}


def test_what_is_not_seen_has_no_answer(answering: Answering, films: Path) -> None:
    assert not answers(
        answering.ask("When is there a yellow picture?", VideoReference(films / "first.mp4"))
    )
    assert not answers(answering.ask("What is behind the purple picture?"))


def test_an_unreadable_video_is_told(answering: Answering, films: Path) -> None:
    (films / "second.mp4").rename(films / "away")
    try:
        heard = list(answering.ask("Is there a blue picture?"))
    finally:
        (films / "away").rename(films / "second.mp4")
    assert {u.path.name for u in heard if isinstance(u, Unseen)} == {"second.mp4"}
    assert {a.video.path.name for a in answers(iter(heard)) if a.video} == {"first.mp4"}
