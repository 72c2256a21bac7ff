"""Whole names in a question: files with suffix and without, ends of paths, folders."""

from pathlib import PurePosixPath

import pytest

from search.ranking.whole_names import Mention, WholeNames, whole_names
from search.text_folding import words_in

PATHS = {
    "lake": "/v/Lake Garda/GOPR0012.MP4",
    "rome": "/v/Rome/GOPR0012.mp4",
    "old": "/v/Rome/GOPR0012.mov",
    "film": "/v/Rome/film 8.mkv",
    "stop": "/v/Rome/it.mp4",
    "season": "/v/Season 2/x.mp4",
    "bare": "/v/Rome/tape",
}


@pytest.fixture(scope="module")
def whole() -> WholeNames:
    folders = {"Lake Garda": {"lake"}, "Season 2": {"season"}, "Rome": {"rome"}, "the": {"old"}}
    return whole_names({name: [PurePosixPath(path)] for name, path in PATHS.items()}, folders)


def said(whole: WholeNames, question: str) -> dict[str, set[str]]:
    return {
        content: set(mention.words) for content, mention in whole.said(words_in(question)).items()
    }


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("GOPR0012.MP4", {"lake": {"gopr0012", "mp4"}, "rome": {"gopr0012", "mp4"}}),
        ("a dog in gopr0012.mov runs", {"old": {"gopr0012", "mov"}}),
        ("film 8", {"film": {"film", "8"}}),
        ("film 8.mkv", {"film": {"film", "8", "mkv"}}),
        ("film 80", {}),
        ("8 films", {}),
        ("it.mp4", {"stop": {"mp4"}}),
        ("it", {}),
        ("the", {}),
        ("season 2", {"season": {"season", "2"}}),
        ("tape", {"bare": {"tape"}}),
        ("mp4", {}),
        ("", {}),
    ],
)
def test_who_is_called_by_a_whole_name(
    whole: WholeNames, question: str, names: dict[str, set[str]]
) -> None:
    found = said(whole, question)
    if question == "GOPR0012.MP4" or question.endswith("runs"):
        # Without the suffix it is the name of the others, too.
        assert all(found.pop(other) == {"gopr0012"} for other in {*found} - {*names})
    assert found == names


@pytest.mark.parametrize(
    "path",
    ["Lake Garda/GOPR0012.MP4", "/v/Lake Garda/GOPR0012.MP4", "V:\\lake garda\\gopr0012.mp4"],
)
def test_the_end_of_a_path_says_more_than_the_name(whole: WholeNames, path: str) -> None:
    found = said(whole, path)
    assert found["lake"] >= {"lake", "garda", "gopr0012", "mp4"}
    assert found["rome"] == {"gopr0012", "mp4"}


def test_how_a_name_is_said() -> None:
    names = whole_names(
        {"film": [PurePosixPath("/v/Rome/film 8.mkv")]}, {"Rome": frozenset({"film"})}
    )
    exact = names.said(["film", "8", "mkv"])["film"]
    assert (exact.exact, exact.together) == (True, True)
    bare = names.said(["film", "8"])["film"]
    assert (bare.exact, bare.together) == (False, True)
    folder = names.said(["dogs", "rome"])["film"]
    assert folder == Mention(frozenset({"rome"}))


def test_a_long_question_is_read_in_parts() -> None:
    """A name of more words than any that is looked for whole is found by its words."""
    name = " ".join(["very", "long", "name"] * 30)
    names = whole_names({"x": [PurePosixPath(f"/v/{name}.mp4")]}, {})
    assert names.longest == 40
    assert names.said([*name.split(), "mp4"]) == {}
