"""The retrieval benchmark on a made-up sample: its protocol, its measures, its ablations."""

from pathlib import Path

import pytest

from benchmarks.retrieval import (
    RANKINGS,
    Captions,
    build,
    half,
    lines,
    overlap,
    places,
    questions,
    ranks,
    row,
    shares,
)
from indexer.video import Video
from indexer.windows import Window
from search.ranking.moments import Moment

INDEXED: Captions = {
    "a": {
        "duration": 30.5,
        "timestamps": [[0, 10], [12, 30]],
        "sentences": ["A dog runs.", " A cat sleeps on a sofa."],
    },
    "b": {"duration": 21.0, "timestamps": [[2, 9]], "sentences": ["Snow falls."]},
    "c": {"duration": 10.0, "timestamps": [[0, 10]], "sentences": ["Nobody asks this."]},
}
ASKED: Captions = {
    "a": {"duration": 30.5, "timestamps": [[11, 30]], "sentences": ["a cat sleeps"]},
    "b": {"duration": 21.0, "timestamps": [[0, 10]], "sentences": ["snow falls"]},
}


def test_windows_are_tiled_by_the_protocol() -> None:
    texts = list(lines(INDEXED, ASKED))
    assert len(texts) == 4, "a tail under 1 s and windows without words are left out, and video c"
    assert '"start": 10.0' in texts[1]
    assert "cat" in texts[1]


def test_overlap() -> None:
    assert overlap((0, 10), (5, 15)) == pytest.approx(1 / 3)
    assert overlap((0, 10), (10, 15)) == 0


def test_the_place_of_the_first_right_answer_counts() -> None:
    question = questions(INDEXED, ASKED)[0]

    def moment(name: str, start_s: int, end_s: int) -> Moment:
        span = Window(0, 30_500)
        video = Video(Path(f"/v/{name}.mp4"), name, 0, 0, 30_500, span, 0, 0)
        return Moment(video, start_s * 1000, end_s * 1000, 0.5, "")

    found = [moment("b", 11, 30), moment("a", 0, 3), moment("a", 20, 30), moment("a", 10, 30)]
    assert ranks(question, found) == (1, 2, 2)
    assert ranks(question, found[:2]) == (1, 99, 99)


def test_halves_share_no_video() -> None:
    everything = questions(INDEXED, ASKED)
    tune, report = half(everything, "tune"), half(everything, "report")
    assert {q.video for q in tune} | {q.video for q in report} == {"a", "b"}
    assert not {q.video for q in tune} & {q.video for q in report}


@pytest.mark.parametrize("name", RANKINGS)
def test_a_library_of_the_sample_is_asked(tmp_path: Path, name: str) -> None:
    library = build(tmp_path / "library", INDEXED, ASKED, "fake:")
    everything = questions(INDEXED, ASKED)
    placed = places(library, everything, RANKINGS[name])
    assert shares(placed)[0] == [100, 100, 100]
    assert shares(placed)[2][2] >= 50
    assert "100.0" in row(name, placed)
