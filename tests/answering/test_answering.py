"""Asking, verifying and tightening with a describer that names colours: every answer is known."""

from pathlib import Path

import numpy as np
import pytest

from answering import Answering
from answering.answer_merging import Watched
from answering.video_reference import VideoReference
from indexer.describing.describer import Answerer, DescriberOptions, Picture, load_describer
from indexer.errors import ModelError, RequestError
from tests.answering.known_moments import answers
from tests.coloured_films import BLUE, RED


def test_a_question_without_a_library_needs_a_video(films: Path) -> None:
    with Answering(None, load_describer(DescriberOptions("fake:"))) as answering:
        with pytest.raises(RequestError, match="There is no library"):
            list(answering.ask("Is there a red picture?"))
        assert answers(
            answering.ask("What colour is it?", VideoReference(films / "second.mp4", 1_000))
        )


def test_a_describer_that_cannot_answer_is_one_sentence() -> None:
    class Mute:
        edge, batch_size = 64, 8

        def describe(self, clips: object) -> list[str]:
            return []

    assert not isinstance(Mute(), Answerer)
    with pytest.raises(ModelError, match="can only describe"):
        Answering(None, Mute())


def test_pictures_are_asked_about_together(answering: Answering) -> None:
    pictures = [
        Picture(np.full((8, 8, 3), colour, np.uint8), name)
        for name, colour in (("before", RED), ("after", BLUE))
    ]
    (answer,) = answers(answering.ask("What has changed?", pictures=pictures))
    assert answer.text == "before red, after blue"
    with pytest.raises(RequestError, match="at most 4 pictures"):
        list(answering.ask("What has changed?", pictures=pictures * 3))


def test_closing_early_leaves_the_answering_usable(answering: Answering, films: Path) -> None:
    asking = answering.ask("When is there a blue picture?", VideoReference(films / "first.mp4"))
    assert isinstance(next(asking), Watched)
    asking.close()
    assert answers(answering.ask("What colour is it?", VideoReference(films / "first.mp4", 10_000)))
