"""What cannot be right any more is not looked at to its end."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from answering import Answering
from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.describer import DescriberOptions, load_describer
from indexer.media.clip import Clip
from indexer.windows import Window
from search.library import Library
from tests.answering.known_moments import moment


def test_a_hopeless_moment_is_not_looked_at_to_its_end(library: Library, films: Path) -> None:
    """Only the window that was found for it; one that may still be right is, to the end."""
    looked: list[Window] = []

    class Counting(DecodeWorker):
        def clips(self, windows: Sequence[Window], frames: int, edge: int) -> Iterator[Clip]:
            looked.extend(windows)
            return super().clips(windows, frames, edge)

    whole = moment(library, films / "first.mp4", 0, 28)
    text = library.segments(films / "first.mp4")[1].text
    fake = load_describer(DescriberOptions("fake:"))
    for hopeless, seen in ((0.1, [(10_000, 15_000), (15_000, 20_000)]), (0.0, [])):
        looked.clear()
        with Answering(library, fake, worker=Counting, hopeless=hopeless) as answering:
            (checked,) = answering.verify("a purple picture", [replace(whole, text=text)])
        assert checked.moment.check is not None and checked.moment.check.verified is False
        if seen:
            assert [(w.start_ms, w.end_ms) for w in looked] == seen
        else:
            assert sum(w.length_ms for w in looked) == 28_000
