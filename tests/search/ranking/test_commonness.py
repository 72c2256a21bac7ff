"""What a library says everywhere, found in a sample of it, and imports that wait to be indexed."""

from pathlib import Path

import numpy as np
import pytest

from search import Library
from search.exchange.descriptions import from_lines
from search.ranking import commonness
from search.ranking.commonness import Sample


def unit(*values: float) -> np.ndarray:
    vector = np.array(values, np.float32)
    return vector / np.float32(np.linalg.norm(vector))


def test_what_others_say_too_is_common_and_what_only_its_video_says_is_not() -> None:
    said = np.stack([unit(1, 0.1, 0), unit(1, 0, 0.1), unit(0, 0.1, 1)])
    drawn = Sample(said, ("a", "b", "c"), np.array([0, 1, 2]), 3)
    asked = np.stack([unit(1, 0.2, 0), unit(0, 0.2, 1)])
    of_c = drawn.commonness(asked, ("c",), np.array([0, 0]))
    assert of_c[0] > 0.9
    assert of_c[1] < 0.1
    assert drawn.commonness(asked, ("new",), np.array([0, 0]))[1] > 0.9


def test_the_same_words_do_not_count() -> None:
    drawn = Sample(np.stack([unit(1, 0), unit(1, 1)]), ("a", "b"), np.array([0, 1]), 2)
    (common,) = drawn.commonness(unit(1, 0)[None], ("new",), np.array([0]))
    assert common == pytest.approx(0.7071, abs=1e-3)


def test_a_library_draws_a_sample_once_it_says_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.ranking.commonness.FEWEST", 20)
    library = Library.open(tmp_path / "library", create=True, embedder="fake:")
    path = library.folder / "segments.sample.npz"

    def line(number: int) -> str:
        said = f"word{number} thing{number * 7} and more{number * 3}"
        start = number % 10 * 10
        return (
            f'{{"video": "v{number // 10}.mp4", "start": {start}, "end": {start + 10},'
            f' "text": "{said}"}}'
        )

    library.take_in(from_lines(map(line, range(10)), tmp_path))
    assert not path.exists()
    library.take_in(from_lines(map(line, range(40)), tmp_path))
    drawn = commonness.read(path)
    assert drawn is not None
    assert drawn.rows == 40
    assert len(drawn.names) == 4
    assert library.search("word7 thing49", 1)[0].video.path.name == "v0.mp4"
    path.write_bytes(b"damaged")
    assert Library.open(library.folder).search("word7 thing49", 1)


def test_a_filter_names_the_lesser_side(tmp_path: Path) -> None:
    library = Library.open(tmp_path / "library", create=True, embedder="fake:")
    look = library._store.snapshot()
    assert look.scope(["a", "b"], []).where == ""
    assert look.scope(["a"], ["b", "c"]).where == "fingerprint IN ('a')"
    assert look.scope(["a", "b"], ["it's"]).where == "fingerprint NOT IN ('it''s')"
    assert look.scope([], ["a"]).where == "fingerprint IN ('')"
