"""Frames that were decoded are there for the next question."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from answering import Answering
from answering.video_reference import VideoReference
from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.describer import DescriberOptions, load_describer
from indexer.media.clip import Clip
from indexer.windows import Window
from search.library import Library
from tests.answering.known_moments import answers


def test_frames_are_decoded_once(library: Library, films: Path) -> None:
    decoded: list[Window] = []

    class Counting(DecodeWorker):
        def clips(self, windows: Sequence[Window], frames: int, edge: int) -> Iterator[Clip]:
            decoded.extend(windows)
            return super().clips(windows, frames, edge)

    place = VideoReference(films / "first.mp4")
    fake = load_describer(DescriberOptions("fake:"))
    with Answering(library, fake, worker=Counting) as answering:
        first = answers(answering.ask("When is there a blue picture?", place))
        once = len(decoded)
        assert once >= 3
        assert answers(answering.ask("When is there a blue picture?", place)) == first
        assert answers(answering.ask("Is there a green picture?", place))
        assert len(decoded) == once
