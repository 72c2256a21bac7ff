"""Questions about a moment or a stretch of a video, with a describer that names colours."""

from pathlib import Path

import pytest

from answering import Answering
from answering.video_reference import VideoReference
from tests.answering.known_moments import answers


def test_a_moment_is_asked_about(answering: Answering, films: Path) -> None:
    place = VideoReference(films / "first.mp4", 10_000)
    (answer,) = answers(answering.ask("What colour is it?", place))
    assert (answer.text, answer.start_ms, answer.end_ms) == ("Green.", 7_000, 13_000)
    assert answer.video is not None and answer.video.path == films / "first.mp4"


def test_a_stretch_is_asked_about_yes_and_no(answering: Answering, films: Path) -> None:
    place = VideoReference(films / "first.mp4", 8_000, 14_000)
    (yes,) = answers(answering.ask("Is there a green picture?", place))
    assert (yes.text, yes.probability) == ("Yes.", pytest.approx(0.95))
    (no,) = answers(answering.ask("Is there a blue picture?", place))
    assert (no.text, no.probability) == ("No.", pytest.approx(0.95))
