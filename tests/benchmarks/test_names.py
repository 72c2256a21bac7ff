"""The measurement of names: videos called otherwise are found by that, and by nothing else."""

from pathlib import Path

import pytest

from benchmarks.names import call, of_others, places_of
from benchmarks.retrieval import Captions, build
from search import Library

CAPTIONS: Captions = {
    f"v_{i:02}": {
        "duration": 10.0,
        "timestamps": [[0.0, 10.0]],
        "sentences": [f"somebody paints fence{i} slowly"],
    }
    for i in range(12)
}


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return build(tmp_path / "library", CAPTIONS, CAPTIONS, "fake:")


def test_names_come_from_other_videos() -> None:
    names = of_others(CAPTIONS)
    assert names.keys() == CAPTIONS.keys()
    assert all(path.stem.count("_") == 2 for path in names.values())


def test_ten_videos_lie_in_a_folder_and_are_found_by_it(library: Library) -> None:
    folders = places_of(CAPTIONS)
    assert sorted(folders.values()).count(folders["v_00"]) == 10
    asked = folders["v_11"]
    assert library.search(asked) == []
    call(library, {v: Path("/videos", folders[v], f"{v}.mp4") for v in folders})
    assert {m.video.path.stem for m in library.search(asked)} == {"v_10", "v_11"}
