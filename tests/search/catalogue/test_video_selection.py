"""Which videos are meant by a path, a folder, a name, a pattern or filters."""

from pathlib import Path

import pytest

from indexer.errors import RequestError
from indexer.video import Video
from indexer.windows import Window
from search.catalogue.video_selection import NothingCalledError, choose

PATHS = ("/v/lake/one.mkv", "/v/lake/two #2.mp4", "/v/lakeside/one.mkv", "/v/City 2024.mov")
VIDEOS = [
    Video(Path(path), path, 1, 0, 60_000 * number, Window(0, 60_000 * number), 64, 48)
    for number, path in enumerate(PATHS, 1)
]


@pytest.mark.parametrize(
    ("named", "chosen"),
    [
        ([], [0, 1, 2, 3]),
        (["/v/lake/one.mkv"], [0]),
        (["/v/lake"], [0, 1]),
        (["/v/lake/../lakeside"], [2]),
        (["one.mkv"], [0, 2]),
        (["*.mp4"], [1]),
        (["City 2024.mov", "/v/lake", "one.mkv"], [3, 0, 1, 2]),
        (["min-length:2m"], [1, 2, 3]),
        (["/v/lake", "min-length:2m"], [1]),
        (["min-length:2m", "max-length:3m"], [1, 2]),
        (["in:City 2024"], [3]),  # the shell has taken the quotes
    ],
)
def test_these_are_meant(named: list[str], chosen: list[int]) -> None:
    assert choose(VIDEOS, named, in_part=False) == [VIDEOS[number] for number in chosen]


def test_part_of_a_name_counts_only_where_it_may() -> None:
    assert choose(VIDEOS, ["lake"], in_part=True) == VIDEOS[:2], "a folder is called so"
    assert choose(VIDEOS, ["lak"], in_part=True) == VIDEOS[:3]
    with pytest.raises(NothingCalledError, match="write in:lak for the 3 whose path has that"):
        choose(VIDEOS, ["lak"], in_part=False)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (["City 2025.mov"], r"did you mean City 2024\.mov\?"),
        (["zebra"], "`scenelist list` shows what there is"),
        (["/v/lake", "zebra"], "called zebra"),
        ([" "], "Nothing in the library is called"),
        (["min-length:9m"], "No video passes min-length:9m: there are 4 in the library"),
    ],
)
def test_nothing_called_so_is_one_sentence_that_helps(named: list[str], said: str) -> None:
    with pytest.raises(NothingCalledError, match=said):
        choose(VIDEOS, named, in_part=True)


def test_a_filter_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(RequestError):
        choose(VIDEOS, ["min-length:long"], in_part=True)


def test_a_file_that_is_there_and_not_in_the_library_is_to_be_indexed(tmp_path: Path) -> None:
    (tmp_path / "new.mkv").write_bytes(b"x")
    with pytest.raises(NothingCalledError, match=r"run `scenelist index .*new\.mkv` first"):
        choose(VIDEOS, [str(tmp_path / "new.mkv")], in_part=True)
