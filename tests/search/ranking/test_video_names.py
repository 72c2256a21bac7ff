"""Which videos a question names: by words of file and folder names, whole or in part."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from search.ranking.video_names import Names, names_of

PATHS = {
    "gopro": "/mnt/nas/films/Lake Garda 2023/GOPR0012.MP4",
    "dog": "/mnt/nas/films/Lake Garda 2023/dog.mp4",
    "cake": "/mnt/nas/films/Geburtstag Ka\u0308the/IMG_2041.mov",
    "final": "/mnt/nas/films/sport/2024-05-12 theFinal.mp4",
    "kyoto": "/mnt/nas/films/旅/2023年京都旅行.mkv",
}


def names(paths: Mapping[str, str]) -> Names:
    return names_of({name: [PurePosixPath(path)] for name, path in paths.items()})


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("GOPR0012", {"gopro"}),
        ("gopr", {"gopro"}),
        ("0012", {"gopro"}),
        ("lake garda", {"gopro", "dog"}),
        ("gard", {"gopro", "dog"}),
        ("gar", set()),
        ("kathe", {"cake"}),
        ("KÄTHE", {"cake"}),
        ("2024", {"final"}),
        ("final", {"final"}),
        ("2023", {"gopro", "dog", "kyoto"}),
        ("京都", {"kyoto"}),
        ("a dog", {"dog"}),
        ("dogs", {"dog"}),
        ("nas", set()),
        ("mp4", set()),
        ("the", set()),
        ("", set()),
    ],
)
def test_who_is_named(question: str, named: set[str]) -> None:
    assert names(PATHS).named(question).keys() == named


def test_the_last_folder_that_all_lie_in_is_a_name_too() -> None:
    assert names({"one": "/home/ann/Lake Garda/a.mp4"}).named("garda home ann").keys() == {"one"}
    assert names({"one": "/home/ann/Lake Garda/a.mp4"}).named("home ann") == {}


def test_roots_are_no_names_where_nothing_else_is_shared() -> None:
    two = names({"one": "/home/ann/a.mp4", "two": "/mnt/nas/b.mp4"})
    assert two.named("home") == two.named("mnt") == {}
    assert two.named("nas").keys() == {"two"}


def test_how_much_of_a_question_is_a_name_says_how_strongly() -> None:
    found = names(PATHS)
    alone = found.named("kathe")["cake"]
    beside = found.named("kathe blows candles")["cake"]
    assert (alone.share, alone.rarity) == (1, 1)
    assert beside.share == pytest.approx(1 / 3)
    assert alone.strength == pytest.approx(1)
    assert beside.strength == pytest.approx(1 / 3)
    said = replace(beside, described=True)
    assert said.strength == pytest.approx(0.3 / 6 + 0.7 / 216)
    assert said.certainty == pytest.approx(0.025)
    assert beside.certainty == pytest.approx(0.1)


def test_what_many_are_called_says_less() -> None:
    many = {f"v{i}": f"/x/camera/{i:03}.mp4" for i in range(99)} | {"rex": "/x/rex/a.mp4"}
    found = names(many)
    assert found.named("rex")["rex"].rarity == pytest.approx(1)
    assert found.named("camera")["v3"].rarity < 0.2


def test_phrases_are_held_by_one_name() -> None:
    held = names(PATHS).holding(["lake garda", "eats"])
    assert {lack: sorted(some) for lack, some in held.items()} == {("eats",): ["dog", "gopro"]}
    assert names(PATHS).holding(["garda lake"]) == {}
