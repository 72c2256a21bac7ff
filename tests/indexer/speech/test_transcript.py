"""What is said in a window."""

from indexer.speech.transcript import Cue, transcript
from indexer.windows import Window


def test_a_window_gets_the_lines_that_overlap_it() -> None:
    said = [Cue(0, 1_000, "a"), Cue(9_000, 11_000, "b"), Cue(11_000, 12_000, "b")]
    assert transcript(said, Window(0, 10_000)) == "a b"
    assert transcript(said, Window(10_000, 20_000)) == "b"
    assert transcript(said, Window(1_000, 9_000)) == ""
