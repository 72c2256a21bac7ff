"""What a person types: words without quotes, names for videos, and mistakes that are pointed at."""

import io
import json
import sys
from pathlib import Path

import pytest

from commands.options.searching import question_of
from tests.command import FAKE, Run, one_sentence
from tests.media import render, steady


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ([], ""),
        (["a white star"], "a white star"),
        (["a", "white", "star"], "a white star"),
        (["a", "dog", "in:My Films"], 'a dog in:"My Films"'),
        (["like:a b.mp4@1:30", "rain"], 'like:"a b.mp4"@1:30 rain'),
        (['"error 404"', "on", "a", "screen"], '"error 404" on a screen'),
        (["a b", "then", "c d", "within", "30s"], '"a b" then "c d" within 30s'),
        (["man", "falls", "then", "runs"], "man falls then runs"),
    ],
)
def test_the_words_of_a_command_line_are_a_query(words: list[str], query: str) -> None:
    assert question_of(words) == query


def test_words_need_no_quotes(indexed: Run) -> None:
    one = indexed("search", "picture with a bar", "--json", "--min-confidence", "0")
    many = indexed("search", "picture", "with", "a", "bar", "--json", "--min-confidence", "0")
    assert one.status == many.status == 0
    assert one.out == many.out


def test_a_name_answers_and_filters_list(indexed: Run) -> None:
    named = json.loads(indexed("search", "deep", "two", "--json").out)["moments"]
    assert Path(named[0]["video"]).name == "two #2.mkv"
    assert named[0]["confidence"] > 0.6
    listed = json.loads(indexed("search", "in:films", "min-length:20s", "--json").out)["moments"]
    assert [(Path(m["video"]).name, m["start"]) for m in listed] == [("one.mp4", 0)]
    first = indexed("search", "min-length:1s", "--limit", "1", "--json")
    assert "The newest 1 of 2 videos" in first.err


@pytest.mark.parametrize(
    ("query", "told", "at"),
    [
        ("befor:2024", "did you mean before:?", 0),
        ("a dog inn:lake", "did you mean in:?", 6),
        ("a inn: lake", "did you mean in:?", 2),
        ("lenght:5m", "did you mean min-length: or max-length:?", 0),
        ("In:lake", "did you mean in:?", 0),
        ('befor:"2024"', "did you mean before:?", 0),
        ("x foo:bar", "there is no filter foo", 2),
    ],
)
def test_a_mistyped_filter_is_pointed_at(indexed: Run, query: str, told: str, at: int) -> None:
    said = indexed("search", query)
    assert said.status == 2
    assert told in said.err
    assert said.err.splitlines()[-1] == f"  {' ' * at}^"


@pytest.mark.parametrize(
    "query", ["Star Wars: a hope", "12:30 on a clock", "https://a.org/b", "C:\\x"]
)
def test_a_colon_may_be_just_that(indexed: Run, query: str) -> None:
    assert indexed("search", query, "--json").status in (0, 1)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("star in:nowhere", "No video passes in:nowhere: there are 2 videos in the library."),
        ("after:2099", "No video passes after:2099: there are 2 videos in the library."),
        ("max-length:20s min-length:22s", "No video passes all of these filters together"),
    ],
)
def test_a_filter_that_no_video_passes_is_said(indexed: Run, query: str, told: str) -> None:
    said = indexed("search", *query.split())
    assert said.status == 1
    assert told in said.err
    assert one_sentence(said.err)


def test_a_map_that_matches_nothing_is_said(indexed: Run, videos: Path) -> None:
    said = indexed(
        "search", "one", "--map", "/nowhere=Z:/", "--map", f"{videos}=Y:/", "-o", "x.xspf"
    )
    assert said.status == 0
    assert said.err.count("--map") == 1
    assert "--map /nowhere=Z:/ matches none of these files" in said.err


def test_questions_come_from_stdin_one_a_line(
    indexed: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(text: str, *flags: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        said = indexed("search", "-", *flags)
        return said.status, said.out, said.err

    status, out, _ = ask("one\n\ndeep two\n", "--json", "--limit", "1")
    asked = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [(a["query"], Path(a["moments"][0]["video"]).name) for a in asked] == [
        ("one", "one.mp4"),
        ("deep two", "two #2.mkv"),
    ]
    assert ask("qzx vbn\n")[0] == 1
    status, out, err = ask("one\nbefor:2024\n")
    assert status == 3
    assert out.startswith("one:\n") and "did you mean before:?" in err
    assert not list(Path.cwd().glob("*.xspf"))
    assert ask("one\n", "-o", "x.xspf")[0] == 2


@pytest.mark.parametrize(
    "name", ["two #2.mkv", "deep", "*.mkv", "two", "in:deep", "max-length:20s", "{videos}/deep"]
)
def test_a_video_is_named_in_any_way(indexed: Run, videos: Path, name: str) -> None:
    name = name.format(videos=videos)
    shown = json.loads(indexed("show", name, "--json").out)
    assert Path(shown["video"]).name == "two #2.mkv"
    assert indexed("playlist", name, "-o", "p.xspf", "--force").status == 0
    assert b"two%20%232.mkv" in Path("p.xspf").read_bytes()
    assert "two #2.mkv" in indexed("highlights", name, "-o", "h.xspf", "--force").out
    listed = json.loads(indexed("list", name, "--json").out)
    assert [Path(file["video"]).name for file in listed] == ["two #2.mkv"]


def test_a_folder_shows_all_that_is_in_it(indexed: Run, videos: Path) -> None:
    shown = json.loads(indexed("show", videos, "--json").out)
    assert {Path(one["video"]).name for one in shown} == {"one.mp4", "two #2.mkv"}


def test_forget_by_name_and_filter(indexed: Run) -> None:
    assert "write in:tw" in indexed("forget", "tw").err
    assert indexed("forget", "in:tw").out == "Forgot 1 file.\n"
    assert indexed("forget", "one.mp4").out == "Forgot 1 file.\n"
    assert indexed("list", "one.mp4").status == 1


@pytest.mark.parametrize("command", ["show", "playlist", "highlights", "forget"])
def test_no_wrong_remedy(indexed: Run, command: str, tmp_path: Path) -> None:
    said = indexed(command, "on3.mp4")
    assert said.status == 2
    assert "did you mean one.mp4?" in said.err
    (tmp_path / "here/new.mp4").write_bytes(b"x")
    told = indexed(command, "new.mp4").err
    remedy = "nothing to forget" if command == "forget" else "run `scenelist index new.mp4` first"
    assert remedy in told


def test_a_file_that_could_not_be_read_is_told_as_that(indexed: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"nothing")
    indexed("index", bad, *FAKE)
    for command in ("show", "playlist", "highlights"):
        told = indexed(command, bad).err
        assert "could not be read" in told and "--retry" in told, command


def test_an_ignore_file_that_came_later_hides_and_says_so(run: Run, tmp_path: Path) -> None:
    films = tmp_path / "films"
    render(films / "kept.mp4", steady(3))
    render(films / "private" / "secret.mp4", steady(3), file=2)
    assert run("index", films, *FAKE).status == 0
    assert run("search", "secret", "--json").status == 0
    (films / ".scenelistignore").write_text("private/\n")
    said = run("index", films, *FAKE).err
    assert f"{films / '.scenelistignore'} hides 1 video that is described" in said
    assert run("search", "secret", "--json").status == 1
    assert run("list", "--state", "hidden").out.count("secret.mp4") == 1
    assert "hides" not in run("index", films, *FAKE).err
    (films / ".scenelistignore").unlink()
    assert "1 video is found again, which no ignore file names" in run("index", films, *FAKE).err
    assert "found again" not in run("index", films, *FAKE).err
    (films / ".scenelistignore").write_text("private/\n")
    assert "hides 1 video" in run("index", films, *FAKE).err
    (films / ".scenelistignore").write_text("*.mp4\n")
    said = run("index", films, *FAKE)
    assert said.status == 2 and "hides 1 video" in said.err  # nothing is left to be indexed
    assert run("search", "in:films", "--json").status == 1
    (films / ".scenelistignore").unlink()
    assert run("index", films, *FAKE).status == 0
    assert run("search", "secret", "--json").status == 0


def test_several_filters_in_one_word_are_filters(indexed: Run) -> None:
    listed = json.loads(indexed("list", "in:deep min-length:1s", "--json").out)
    assert [Path(each["video"]).name for each in listed] == ["two #2.mkv"]
    assert json.loads(indexed("list", "in:deep min-length:9h", "--json").out) == []


def test_relocate_tells_which_path_a_name_may_stand_for(indexed: Run, videos: Path) -> None:
    outcome = indexed("relocate", "deep", "/elsewhere")
    assert outcome.status == 2
    assert f"deep is a name, and OLD is a path: write {videos}/deep." in outcome.err


def test_forget_says_what_would_go_and_asks_on_a_terminal(
    indexed: Run, videos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = indexed("forget", videos, "--dry-run")
    assert said.out.splitlines() == [f"{videos}/deep/two #2.mkv", f"{videos}/one.mp4"]
    assert said.err == "2 files would be forgotten.\n"
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    for answer, status in ((False, 1), (True, 0)):
        monkeypatch.setattr("click.confirm", lambda *_, answer=answer, **__: answer)
        outcome = indexed("forget", videos)
        assert outcome.status == status
        assert ("Forgot 2 files." in outcome.out) is answer


def test_the_map_of_every_day_is_none_of_index(
    run: Run, videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('map = "/mnt=Z:/"\n')
    monkeypatch.setenv("SCENELIST_CONFIG", str(config))
    assert run("index", videos, *FAKE).status == 0
    found = run("search", "picture", "--min-confidence", "0")
    assert found.status == 0
    assert "--map" not in found.err, "nobody has asked for it now"


def test_brackets_in_a_name_stand_for_themselves(run: Run, tmp_path: Path) -> None:
    render(tmp_path / "films" / "[abc].mp4", steady(2))
    render(tmp_path / "films" / "other.mp4", steady(2))
    assert run("index", tmp_path / "films", *FAKE).status == 0
    listed = json.loads(run("list", "in:[abc].mp4", "--json").out)
    assert [Path(each["video"]).name for each in listed] == ["[abc].mp4"]
