"""Listening beside a run for pictures."""

from pathlib import Path

import pytest

from indexer.speech.listener_thread import Beside
from indexer.speech.speech_ledger import NoMemory
from indexer.speech.speech_run import SpeechJob
from indexer.video import Video
from search import Library
from tests.indexer.speech.listening import LISTENER, Ears


def test_a_run_beside_another_tells_its_news_and_ends_with_it(library: Library, film: Path) -> None:
    with library.writing() as writer, Beside(SpeechJob([film], Ears, LISTENER), writer) as beside:
        news = list(beside.rest())
    assert len(news) == 4
    with library.writing() as writer, Beside(None, writer) as beside:
        assert list(beside.rest()) == []


def test_what_goes_wrong_beside_is_raised(film: Path) -> None:
    class Broken(NoMemory):
        def meet(self, video: Video, *, link: bool) -> None:
            raise RuntimeError("a bug")

    with (
        pytest.raises(RuntimeError, match="a bug"),
        Beside(SpeechJob([film], Ears, LISTENER), Broken()) as beside,  # type: ignore[arg-type]
    ):
        list(beside.rest())
