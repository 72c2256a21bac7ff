"""Saved searches: kept by name, asked as @NAME, and each moment told as new once."""

import json
from pathlib import Path

import pytest
from lxml import etree

from indexer.errors import LibraryError, RequestError
from search.saved_searches import SavedSearch, SavedSearches
from tests.command import FAKE, Run, one_sentence
from tests.media import render, steady


def test_what_is_kept_comes_back_and_may_be_dropped(tmp_path: Path) -> None:
    saved = SavedSearches(tmp_path)
    assert saved.all() == []
    dogs = SavedSearch("dogs", "a dog in:2024", 5, "/tmp/dogs.xspf", (("abc", 0, 1_000),))
    saved.put(dogs)
    saved.put(SavedSearch("Käthe-2", "Käthe"))
    assert saved.get("dogs") == dogs
    assert [one.name for one in saved.all()] == ["Käthe-2", "dogs"]
    saved.drop("dogs")
    with pytest.raises(RequestError, match="Käthe-2"):
        saved.get("dogs")


@pytest.mark.parametrize("name", ["", "two words", "@x", "a/b", '"', "-x"])
def test_a_name_can_be_written_after_an_at(tmp_path: Path, name: str) -> None:
    with pytest.raises(RequestError, match="no name"):
        SavedSearches(tmp_path).put(SavedSearch(name, "a dog"))


@pytest.mark.parametrize(
    ("query", "expanded"),
    [
        ("@dogs", "a dog"),
        ("@dogs after:2024", "a dog after:2024"),
        ("@dogs; @cats ^0.5", "a dog; a cat ^0.5"),
        ("like:rex.mp4@12:30", "like:rex.mp4@12:30"),
        ('like:"my film.mp4"@12:30 @cats', 'like:"my film.mp4"@12:30 a cat'),
        ('"me@home @dogs" @dogs', '"me@home @dogs" a dog'),
        ("mail to me@home", "mail to me@home"),
    ],
)
def test_names_stand_for_their_queries(tmp_path: Path, query: str, expanded: str) -> None:
    saved = SavedSearches(tmp_path)
    saved.put(SavedSearch("dogs", "a dog"))
    saved.put(SavedSearch("cats", "a cat"))
    assert saved.expand(query) == expanded


def test_a_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "saved.json").write_text('[{"name": 1}]', "utf-8")
    with pytest.raises(LibraryError, match="damaged"):
        SavedSearches(tmp_path).all()


def test_search_asks_a_saved_question(indexed: Run) -> None:
    assert indexed("save", "pictures", "a", "picture", "in:deep").status == 0
    asked = ("--json", "--min-confidence", "0")
    by_name = json.loads(indexed("search", "@pictures", *asked).out)["moments"]
    in_words = json.loads(indexed("search", "a picture in:deep", *asked).out)["moments"]
    assert by_name == in_words
    assert by_name
    assert one_sentence(indexed("search", "@nothing").err)


def test_each_moment_is_new_once(indexed: Run, tmp_path: Path) -> None:
    indexed("save", "all", "picture")
    first = indexed("saved", "--new", "--json")
    told = json.loads(first.out)["new"]["all"]
    assert first.status == 0
    assert told
    again = indexed("saved", "--new")
    assert (again.status, again.out) == (1, "")
    render(tmp_path / "more" / "three.mp4", steady(5), file=5)
    indexed("index", tmp_path / "more", *FAKE)
    later = json.loads(indexed("saved", "--new", "--json").out)["new"]["all"]
    assert {Path(moment["video"]).name for moment in later} == {"three.mp4"}


def test_indexing_keeps_a_smart_playlist_fresh(indexed: Run, tmp_path: Path) -> None:
    playlist = tmp_path / "all.xspf"
    assert indexed("save", "all", "picture", "-o", playlist).status == 0

    def films() -> set[str]:
        places = etree.parse(playlist).iterfind(".//{http://xspf.org/ns/0/}location")
        return {str(place.text).rpartition("/")[2] for place in places}

    before = films()
    render(tmp_path / "more" / "three.mp4", steady(5), file=5)
    indexed("index", tmp_path / "more", *FAKE)
    assert films() == before | {"three.mp4"}


def test_a_mistake_in_the_query_is_told_before_it_is_kept(indexed: Run) -> None:
    done = indexed("save", "wrong", "a dog after:yesterdy")
    assert done.status == 2
    assert "character" in done.err
    assert json.loads(indexed("saved", "--json").out) == []
