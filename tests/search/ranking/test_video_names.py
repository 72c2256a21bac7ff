"""Which videos a question names: by words of file and folder names, whole or in part."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from search.ranking.video_names import Names, beside, best_named, is_alone, names_of

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
    alone = found.named("dog")["dog"]
    beside = found.named("dog blows candles")["dog"]
    distinct = found.named("GOPR0012 blows candles")["gopro"]
    assert (alone.share, alone.rarity, alone.whole) == (1, 1, 1)
    assert beside.share == pytest.approx(1 / 3)
    assert alone.strength == pytest.approx(1)
    assert (beside.strength, distinct.strength) == pytest.approx((0.5, 0.95))
    assert beside.certainty == pytest.approx(0.9 / 9)
    assert distinct.certainty == pytest.approx(0.9 * 0.36)
    said = replace(beside, described=True)
    assert said.strength == pytest.approx(0.3 / 6 + 0.7 / 216)
    assert said.certainty == pytest.approx(0.025)


def test_how_much_of_a_name_is_said_counts() -> None:
    found = names(PATHS)
    part = found.named("kathe blows candles")["cake"]
    assert (part.share, part.whole) == (pytest.approx(0.97 / 3), 0.5)
    assert part.strength == pytest.approx(0.97 / 3)
    whole = found.named("geburtstag kathe blows candles")["cake"]
    assert (whole.whole, whole.together) == (1, True)
    assert found.named("0012 swims")["gopro"].whole == 0.5


def test_words_as_they_stand_in_files_names_are_best() -> None:
    """Then come those of folders, then others with that ending or beginning."""
    found = names(
        {
            "own": "/x/a/film 1.mp4",
            "folder": "/x/film/b.mp4",
            "ending": "/x/films/c.mp4",
        }
    ).named("film")
    order = ["own", "folder", "ending"]
    assert sorted(found, key=lambda name: -found[name].share)[:3] == order
    assert [found[name].share for name in order] == pytest.approx([1, 0.97, 0.75 * 0.97])
    assert names({"x": "/x/a/filmography.mp4"}).named("film")["x"].share == 0.6


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("GOPR0012.MP4 a cat, running", "a cat, running"),
        ("candles at Geburtstag Käthe", "candles at"),
        ("the GOPR0012.MP4", "the GOPR0012.MP4"),
        ("a dog in garda", "a dog in garda"),
        ("a cat", "a cat"),
    ],
)
def test_what_is_beside_a_whole_name(question: str, left: str) -> None:
    assert beside(question, names(PATHS).named(question)) == left


def test_what_descriptions_say_too_is_left_in_the_question() -> None:
    asked = "2024-05-12 theFinal swims"
    named = names(PATHS).named(asked)
    assert beside(asked, named) == "swims"
    assert beside(asked, {c: replace(n, described=True) for c, n in named.items()}) == asked


def test_who_shares_a_word_of_a_name_alone_is_not_called_so() -> None:
    paths = {f"{n}": f"/x/IMG_000{n}.mp4" for n in range(5)}
    named = names(paths).named("IMG_0001")
    assert len(named) == 5
    assert is_alone(named)
    assert best_named(named, 10).keys() == {"1"}
    more = names(paths).named("IMG_0001 a dog")
    assert not is_alone(more)
    assert next(iter(best_named(more, 3))) == "1"
    assert len(best_named(more, 3)) == 3


def test_what_many_are_called_says_less() -> None:
    many = {f"v{i}": f"/x/camera/{i:03}.mp4" for i in range(99)} | {"rex": "/x/rex/a.mp4"}
    found = names(many)
    assert found.named("rex")["rex"].rarity == pytest.approx(1)
    assert found.named("camera")["v3"].rarity < 0.2


@pytest.mark.parametrize("name", ["2", "12", "100"])
def test_numbers_that_count_something_are_no_whole_names(name: str) -> None:
    two = names({"x": f"/x/y/{name}.mp4", "z": f"/x/{name}/z.mp4"})
    for one in two.named(f"{name} people dance").values():
        assert (one.whole, one.distinct) == (0, False)
        assert one.strength <= 1 / 3
    exact = two.named(f"{name}.mp4 people dance")["x"]
    assert (exact.whole, exact.distinct) == (1, True)
    assert two.named(f"{name}.mp4")["x"].share == 1
    assert names({"x": "/x/2019/a.mp4", "y": "/x/y/b.mp4"}).named("tree 2019")["x"].distinct


def test_a_little_more_of_a_name_is_not_rarer() -> None:
    """One of many in a folder is not meant more because its own name has a word of that."""
    paths = {f"v{i}": f"/x/Garda 2024/clip{i}.mp4" for i in range(20)}
    found = names(paths | {"dated": "/x/Garda 2024/2024.mp4", "z": "/x/y/z.mp4"})
    named = found.named("garda 2024 boat")
    assert named["dated"].share > named["v1"].share
    assert named["dated"].rarity == named["v1"].rarity < 0.3


def test_phrases_are_held_by_one_name() -> None:
    held = names(PATHS).holding(["lake garda", "eats"])
    assert {lack: sorted(some) for lack, some in held.items()} == {("eats",): ["dog", "gopro"]}
    assert names(PATHS).holding(["garda lake"]) == {}


@pytest.mark.parametrize(
    "phrase", ["dog.mp4", "lake garda 2023/dog.mp4", "/mnt/nas/films/Lake Garda 2023/dog.mp4"]
)
def test_the_end_of_a_path_is_held(phrase: str) -> None:
    assert names(PATHS).holding([phrase]) == {(): ["dog"]}
    assert names(PATHS).holding(["garda 2023/dog.mov"]) == {}
