"""Questions that the library answers from its best moments."""

from pathlib import Path

from answering import Answering
from answering.answering import CONFIRMED
from tests.answering.known_moments import answers


def test_the_library_answers_from_its_best_moments(answering: Answering, films: Path) -> None:
    found = answers(answering.ask("Is there a red picture?"))
    assert [(a.text, a.video and a.video.path.name) for a in found] == [("Yes.", "first.mp4")]
    assert found[0].start_ms == 0
    assert found[0].probability is not None and found[0].probability >= CONFIRMED
