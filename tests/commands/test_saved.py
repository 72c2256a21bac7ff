"""Saved searches on the command line: kept, refused, told as news once, and never lost."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from lxml import etree

from indexer.errors import LibraryBusyError
from scenelist import index
from search.saved_searches import SavedSearch, SavedSearches
from tests.command import FAKE, Run, one_sentence
from tests.media import render, steady

Lines = Callable[..., None]
WORDS = ("a blue ring", "a red square", "a dog runs")


@pytest.fixture
def imported(run: Run, tmp_path: Path) -> Lines:
    """Return what imports windows of ten seconds, as (video, number, text)."""

    def take_in(*windows: tuple[str, int, str]) -> None:
        lines = [
            {"video": f"/v/{name}.mp4", "duration": 6_000, "text": text}
            | {"start": 10 * number, "end": 10 * number + 10}
            for name, number, text in windows
        ]
        (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)))
        assert run("import", tmp_path / "in.jsonl", "--embedder", "fake:").status == 0

    take_in(*(("old", n, WORDS[n % 3]) for n in range(90)))
    return take_in


def new(run: Run, *names: str) -> dict[str, list[tuple[str, float]]]:
    told = json.loads(run("saved", "--new", "--json", *names).out)["new"]
    return {
        name: [(Path(moment["video"]).stem, moment["start"]) for moment in moments]
        for name, moments in told.items()
    }


def program(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "cli", *map(str, arguments)]


ROOT = Path(__file__).parents[2]


@pytest.mark.usefixtures("imported")
def test_a_search_made_of_another_finds_what_that_finds(run: Run) -> None:
    run("save", "base", "a blue ring")
    assert run("save", "comb", "@base").status == 0
    assert run("save", "deep", "@comb", "in:old").status == 0
    found = run("search", "@base").out
    assert found
    assert run("search", "@comb").out == run("search", "@deep").out == found


@pytest.mark.usefixtures("imported")
def test_what_cannot_be_asked_is_not_kept(run: Run, tmp_path: Path) -> None:
    run("save", "base", "a blue ring")
    run("save", "comb", "@base")
    for query in ("", "not:snow", "@comb", "@base", "@nothing", "like:none.mp4@0:10"):
        refused = run("save", "base", query)
        assert (refused.status, one_sentence(refused.err)) == (2, True), query
    assert [one["query"] for one in json.loads(run("saved", "--json").out)] == [
        "a blue ring",
        "@base",
    ]
    # One that stands there all the same is told in a sentence.
    SavedSearches(tmp_path / "library").put(SavedSearch("loop", "a dog"))
    kept = (tmp_path / "library" / "saved.json").read_text()
    (tmp_path / "library" / "saved.json").write_text(kept.replace('"a dog"', '"@loop"'))
    told = run("search", "@loop")
    assert (told.status, one_sentence(told.err)) == (2, True)
    assert "@loop → @loop" in told.err


@pytest.mark.usefixtures("imported")
def test_a_search_that_others_use_is_kept_as_they_need_it(run: Run) -> None:
    run("save", "base", "a blue ring")
    run("save", "comb", "@base ; a dog")
    steps = run("save", "base", '"a dog" then "a cat"')
    assert (steps.status, one_sentence(steps.err)) == (2, True)
    assert "@comb uses @base" in steps.err
    refused = run("saved", "base", "--drop")
    assert (refused.status, one_sentence(refused.err)) == (2, True)
    assert "@base is used by @comb" in refused.err
    assert run("saved", "base", "comb", "--drop").status == 0
    assert json.loads(run("saved", "--json").out) == []


@pytest.mark.usefixtures("imported")
def test_one_that_cannot_be_asked_is_named_and_the_others_tell(run: Run, tmp_path: Path) -> None:
    run("save", "good", "a blue ring")
    run("save", "bad", "a dog")
    path = tmp_path / "library" / "saved.json"
    path.write_text(path.read_text().replace('"a dog"', '""'))
    told = run("saved", "--new")
    assert told.status == 3
    assert told.out.startswith("@good: ")
    assert told.err.startswith("@bad cannot be asked: The question is empty")
    assert run("saved", "--new", "bad").status == 2
    failed = json.loads(run("saved", "--new", "--json").out)
    assert (failed["new"], list(failed["failed"])) == ({}, ["bad"])


def test_news_are_what_came_since(run: Run, imported: Lines) -> None:
    """Of many that match equally well, which are shown is no news; what was imported is."""
    run("save", "rings", "a blue ring", "--limit", "4")
    run("save", "quoted", '"a dog runs"')
    first = new(run)
    assert len(first["rings"]) == 4
    assert len(first["quoted"]) == 30
    assert new(run) == {}
    imported(("new", 3, "a blue ring"), ("other", 0, "a dog runs"))
    assert new(run, "quoted") == {"quoted": [("other", 0.0)]}
    assert new(run, "rings") == {"rings": [("new", 30.0)]}
    imported(("old", 100, "a blue ring"))
    assert new(run, "rings") == {"rings": [("old", 1000.0)]}, "in a video that has grown"
    run("forget", "/v/new.mp4")
    assert new(run, "rings") == {}, "that others move up is no news"
    imported(("new", 3, "a blue ring"))
    assert new(run, "rings") == {}, "nor that it is back"
    assert len(list((Path(os.environ["SCENELIST_LIBRARY"]) / "told").iterdir())) <= 2


@pytest.mark.usefixtures("imported")
def test_another_question_under_a_name_has_told_nothing(run: Run) -> None:
    run("save", "things", "a blue ring")
    run("save", "both", "@things")
    assert set(new(run)) == {"things", "both"}
    assert run("save", "things", "a blue ring").out.startswith("Replaced")
    assert new(run) == {}
    again = run("save", "things", "a red square")
    assert "(it was: a blue ring)" in again.out
    assert set(new(run)) == {"things", "both"}


@pytest.mark.usefixtures("imported")
def test_who_tells_is_alone(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("save", "rings", "a blue ring")
    commands = [subprocess.Popen(
        program("saved", "--new"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    ) for _ in range(2)]  # fmt: skip
    ended = [(process.communicate(timeout=120), process.returncode) for process in commands]
    assert sorted(status for _, status in ended) == [0, 1]
    (nothing,) = (told for told, status in ended if status == 1)
    assert nothing == ("", "Nothing new.\n")
    monkeypatch.setattr("search.saved_searches._TELLING_S", 0.1)
    saved = SavedSearches(tmp_path / "library")
    with (
        FileLock(tmp_path / "library" / "saved.telling.lock"),
        pytest.raises(LibraryBusyError),
        saved.telling(),
    ):
        pass


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_what_cannot_be_printed_is_not_told(run: Run, unbuffered: str) -> None:
    run("save", "rings", "a blue ring")
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    for arguments in (["saved", "--new"], ["search", "dog", "--json"], ["--help"], ["status"]):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                program(*arguments), cwd=ROOT, env=environment, stdout=full,
                stderr=subprocess.PIPE, text=True, timeout=120, check=False,
            )  # fmt: skip
        assert done.returncode == 2, arguments
        assert one_sentence(done.stderr), done.stderr
        assert "No space left" in done.stderr
    assert new(run), "it is still to be told"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are told of otherwise")
@pytest.mark.usefixtures("imported")
def test_what_a_reader_leaves_is_told_again(run: Run) -> None:
    run("save", "rings", "a blue ring")
    telling = subprocess.Popen(program("saved", "--new"), cwd=ROOT, stdout=subprocess.PIPE)
    assert telling.stdout is not None
    assert telling.stdout.read(1) == b"@"
    telling.stdout.close()
    assert telling.wait(120) == 0
    whole = subprocess.run(
        program("saved", "--new"), cwd=ROOT, stdout=subprocess.PIPE, timeout=120, check=True
    )
    assert len(whole.stdout.splitlines()) > 5
    assert new(run) == {}


def films(playlist: Path) -> set[str]:
    places = etree.parse(playlist).iterfind(".//{http://xspf.org/ns/0/}location")
    return {str(place.text).rpartition("/")[2] for place in places}


def test_playlists_follow_whatever_changes_a_library(run: Run, tmp_path: Path) -> None:
    for number, name in enumerate(("one", "two")):
        render(tmp_path / "films" / f"{name}.mp4", steady(12), file=number)
    assert run("index", tmp_path / "films", *FAKE).status == 0
    playlist = tmp_path / "all.xspf"
    assert f"Playlist: {playlist} (2 moments)" in run("save", "all", "picture", "-o", playlist).out
    (tmp_path / "films/two.mp4").rename(tmp_path / "films/three.mp4")
    run("relocate", tmp_path / "films/two.mp4", tmp_path / "films/three.mp4")
    assert films(playlist) == {"one.mp4", "three.mp4"}
    assert str(playlist) in run("forget", tmp_path / "films/three.mp4").err
    assert films(playlist) == {"one.mp4"}
    lines = [
        {"video": str(tmp_path / "films/three.mp4"), "duration": 10, "start": 0, "end": 9}
        | {"text": "A purple picture."}
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)))
    run("import", tmp_path / "in.jsonl")
    assert films(playlist) == {"one.mp4", "three.mp4"}
    for command in (["reembed"], ["index", tmp_path / "films", "--only", "speech", *FAKE[2:]]):
        playlist.unlink()
        assert run(*command).status == 0
        assert films(playlist) == {"one.mp4", "three.mp4"}
    playlist.unlink()
    index(tmp_path / "films", library=tmp_path / "library")
    assert films(playlist) == {"one.mp4", "three.mp4"}
    for film in (tmp_path / "films").iterdir():
        film.unlink()
    refused = run("index", tmp_path / "films", *FAKE)
    assert (refused.status, "There are no videos" in refused.err) == (2, True)
    assert f"Removed {playlist}" in refused.err
    assert not playlist.exists()


def test_two_searches_do_not_share_a_playlist(indexed: Run, tmp_path: Path) -> None:
    playlist = tmp_path / "all.xspf"
    indexed("save", "all", "picture", "-o", playlist)
    (tmp_path / "link.xspf").symlink_to(playlist)
    for other in (playlist, tmp_path / "link.xspf", tmp_path / "here" / ".." / "all.xspf"):
        refused = indexed("save", "deep", "picture", "in:deep", "-o", other)
        assert (refused.status, one_sentence(refused.err)) == (2, True)
        assert "@all" in refused.err
    assert films(playlist) >= {"one.mp4"}


def test_a_playlist_that_was_not_written_is_not_claimed(
    indexed: Run, tmp_path: Path, videos: Path
) -> None:
    playlist = tmp_path / "none.xspf"
    done = indexed("save", "none", '"no such words"', "-o", playlist)
    assert (done.status, done.out) == (0, "Saved: scenelist search @none\n")
    assert done.err.startswith("No playlist was written, since nothing matches yet")
    assert not playlist.exists()
    # Whatever is put there meanwhile stays, and who says --force is told.
    playlist.write_text("mine")
    line = {"video": str(videos / "one.mp4"), "duration": 25, "start": 0, "end": 9}
    (tmp_path / "in.jsonl").write_text(json.dumps(line | {"text": "no such words"}))
    told = indexed("import", tmp_path / "in.jsonl")
    assert (told.status, one_sentence(told.err)) == (0, True)
    assert "--force. `scenelist save none` takes" in told.err
    assert playlist.read_text() == "mine"


@pytest.mark.parametrize("place", ["-", "x.mp4", "x.docx", "/dev/null"])
def test_a_place_that_no_playlist_can_have_is_refused(indexed: Run, place: str) -> None:
    refused = indexed("save", "all", "picture", "-o", place)
    assert (refused.status, one_sentence(refused.err)) == (2, True)
    assert not Path(place).is_file()
    advised = refused.err.partition("use one of")[2].partition(";")[0]
    assert ".mp4" not in advised, "what is refused is not advised"
    assert json.loads(indexed("saved", "--json").out) == []


def test_what_others_made_is_written_over_with_force_alone(indexed: Run, videos: Path) -> None:
    Path("mine.xspf").write_text("mine")
    refused = indexed("save", "all", "picture", "-o", "mine.xspf")
    assert (refused.status, "--force" in refused.err) == (2, True)
    assert Path("mine.xspf").read_text() == "mine"
    assert indexed("save", "all", "picture", "-o", "mine.xspf", "--force").status == 0
    assert films(Path("mine.xspf")) >= {"one.mp4"}
    other = indexed("save", "all", "picture in:deep")
    assert other.out.startswith("Playlist: ")
    assert films(Path("mine.xspf")) == {"two%20%232.mkv"}, "its playlist is kept"
    assert (videos / "one.mp4").stat().st_size > 1_000


def test_searches_are_renamed_with_what_uses_them(indexed: Run, tmp_path: Path) -> None:
    indexed("save", "base", "picture", "-o", tmp_path / "x.xspf")
    indexed("save", "comb", "@base", "in:deep")
    assert set(new(indexed)) == {"base", "comb"}
    assert indexed("saved", "--rename", "base", "all").status == 0
    kept = {one["name"]: one["query"] for one in json.loads(indexed("saved", "--json").out)}
    assert kept == {"all": "picture", "comb": "@all in:deep"}
    assert "@all" in (tmp_path / "x.xspf").read_text()
    assert new(indexed) == {}, "what was told stays told"
    for names in (("all", "comb"), ("nothing", "x"), ("all", "a b"), ("all",), ("all", "x" * 308)):
        refused = indexed("saved", "--rename", *names)
        assert (refused.status, one_sentence(refused.err)) == (2, True)
    assert indexed("saved", "--new", "--drop", "all").status == 2
    assert set(kept) == {one["name"] for one in json.loads(indexed("saved", "--json").out)}
    long = indexed("save", "x" * 308, "picture")
    assert (long.status, "308" in long.err) == (2, True)
