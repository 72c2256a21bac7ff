"""Answers that were kept: found with their provenance, and in nobody else's way."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from search.library import Library
from tests.command import FAKE, Run

# Kept of one video: of a moment, and two of one window that is a described one, too.
ASKED = (
    ("What colour is it, zeppelin-wise?", "first.mp4@0:10"),
    ("Is there a green picture, zebra?", "first.mp4@0:10-0:20"),
    ("Is there a green picture, walrus?", "first.mp4@0:10-0:20"),
    ("When is there a blue picture, yak-wise?", "second.mp4"),
)


def keep(run: Run, films: Path) -> None:
    for question, place in ASKED:
        done = run("ask", question, films / place, "--keep")
        assert done.status == 0, done.err
        assert "Kept in the library: 1." in done.err


@pytest.fixture
def own_films(films: Path, tmp_path: Path) -> Path:
    """Return films that a test may put something beside, or rename."""
    return Path(shutil.copytree(films, tmp_path / "films"))


@pytest.fixture
def kept(run: Run, own_films: Path) -> Run:
    """Return the command line with a library that has some kept answers."""
    assert run("index", own_films, *FAKE, "--frames", "8").status == 0
    keep(run, own_films)
    return run


def lines(run: Run, *arguments: str | Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(*arguments, "export").out.splitlines()]


def answers(found: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    """Return what is known of kept answers, in order."""
    names = ("video", "start", "end", "text", "question", "answer", "answered_by", "probability")
    return sorted(tuple(line[name] for name in names) for line in found if "question" in line)


def moments(run: Run, *asked: str | Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("search", *asked, "--json").out)["moments"]
    return found


def shown(better: dict[str, Any], worse: dict[str, Any]) -> float:
    """Return how much of a moment a better one has shown."""
    if better["video"] != worse["video"]:
        return 0.0
    both = min(better["end"], worse["end"]) - max(better["start"], worse["start"])
    return max(0.0, both / (worse["end"] - worse["start"]))


def test_what_is_told_of_videos_is_as_it_was(run: Run, films: Path) -> None:
    """Neither playlists nor highlights show a stretch for a second time, or for an answer."""
    assert run("index", films, *FAKE, "--frames", "8").status == 0
    everything = ("playlist", films, "--every-window", "--format", "jsonl", "-o", "-")
    asked: dict[str, Callable[[], str]] = {
        "chapters": lambda: run("playlist", films, "--format", "jsonl", "-o", "-").out,
        "windows": lambda: run(*everything).out,
        "highlights": lambda: run("highlights", films, "--minutes", "0.4").out,
        "newest": lambda: run("search", "in:first", "--json").out,
        "neighbours": lambda: json.dumps(
            [
                {name: moment[name] for name in ("video", "start", "end", "text", "context")}
                for moment in moments(run, "A blue picture.", "--context", "5")
            ]
        ),
        "like": lambda: run("search", "--like", f"{films / 'first.mp4'}@0:12", "--json").out,
        "list": lambda: run("list", "--json").out,
    }
    before = {name: told() for name, told in asked.items()}
    assert all(before.values())
    keep(run, films)
    for name, told in asked.items():
        assert told() == before[name], name


def test_a_kept_answer_is_found_by_its_words_and_says_whose_it_is(kept: Run) -> None:
    for question, _ in ASKED:
        best = moments(kept, question, "--min-confidence", "0")[0]
        assert best["text"].startswith(question)
        assert best["answered_by"] == "fake: 1"
    assert "answered_by" not in moments(kept, "A red picture.")[-1]


def test_no_search_shows_a_stretch_twice(kept: Run) -> None:
    for query in ("green picture", "Is there a green picture", "blue picture", "zeppelin-wise"):
        found = moments(kept, query, "--min-confidence", "0", "--limit", "50")
        assert len(found) > 1
        for better, worse in combinations(found, 2):
            assert shown(better, worse) < 0.5, (better, worse)


def test_doctor_and_status_count_them_apart(kept: Run) -> None:
    told = kept("doctor").out
    assert "4 answers that were kept" in told
    assert "twice" not in told
    status = json.loads(kept("status", "--json").out)
    assert (status["segments"], status["kept_answers"]) == (3 + 3, 4)
    assert "Kept:     4 answers" in kept("status").out


def test_they_come_along_with_an_export_and_stay_answers(
    kept: Run, own_films: Path, tmp_path: Path
) -> None:
    there = ("--library", tmp_path / "there")
    exported = kept("export").out.splitlines()
    before = answers([json.loads(line) for line in exported])
    assert len(before) == 4
    # An answer may be the first that is heard of a video.
    exported.sort(key=lambda line: "question" not in line)
    (tmp_path / "all.jsonl").write_text("\n".join(exported))
    for new in (10, 0):
        done = kept(*there, "import", tmp_path / "all.jsonl", "--embedder", "fake:")
        assert done.status == 0, done.err
        assert f"{new} " in done.out, "twice the same is once"
    assert answers(lines(kept, *there)) == before
    assert sorted(map(json.dumps, lines(kept, *there))) == sorted(map(json.dumps, lines(kept)))
    status = json.loads(kept(*there, "status", "--json").out)
    assert (status["segments"], status["kept_answers"]) == (6, 4)
    # What came is whole: nothing is described again, until the windows are to be others.
    again = kept(*there, "index", own_films, *FAKE, "--frames", "8")
    assert (again.status, "0 windows" in again.out) == (0, True), again.out
    assert kept(*there, "index", own_films, "--window", "5").status == 0
    assert answers(lines(kept, *there)) == before


def test_an_import_of_answers_alone_calls_nothing_described(
    kept: Run, own_films: Path, tmp_path: Path
) -> None:
    there = ("--library", tmp_path / "there")
    some = [line for line in kept("export").out.splitlines() if '"question"' in line]
    (tmp_path / "some.jsonl").write_text("\n".join(some))
    done = kept(*there, "import", tmp_path / "some.jsonl", "--embedder", "fake:")
    assert done.status == 0, done.err
    assert kept(*there, "index", own_films, *FAKE, "--frames", "8").status == 0
    assert len([line for line in lines(kept, *there) if "question" not in line]) == 6
    assert len(answers(lines(kept, *there))) == 4


def test_a_new_embedder_embeds_them_too(kept: Run) -> None:
    before = answers(lines(kept))
    assert kept("reembed", "--embedder", "fake:128").status == 0
    assert answers(lines(kept)) == before
    assert moments(kept, ASKED[0][0], "--min-confidence", "0")[0]["answered_by"] == "fake: 1"


def test_subtitles_that_come_later_change_no_answer(kept: Run, own_films: Path) -> None:
    before = answers(lines(kept))
    said = "1\n00:00:11,000 --> 00:00:13,000\nGood morning.\n"
    (own_films / "first.srt").write_text(said)
    assert kept("index", own_films, *FAKE, "--frames", "8").status == 0
    after = lines(kept)
    assert answers(after) == before
    assert [line["start"] for line in after if line.get("transcript")] == [10.0]


def test_forgetting_a_video_forgets_what_was_answered_of_it(kept: Run, own_films: Path) -> None:
    assert kept("forget", own_films / "first.mp4").status == 0
    (left,) = answers(lines(kept))
    assert left[0] == str(own_films / "second.mp4")
    assert json.loads(kept("status", "--json").out)["kept_answers"] == 1
    assert "of no video" not in kept("doctor").out


def test_the_film_strip_of_a_page_has_each_window_once(
    kept: Run, own_films: Path, tmp_path: Path
) -> None:
    library = Library.open(tmp_path / "library")
    video = library.video(own_films / "first.mp4")
    windows = [s.window for s in library.described(video.fingerprint)]
    assert [w.start_ms for w in windows] == [0, 10_000, 20_000]
    assert len(library.segments(video.path)) == len(library.embeddings(video.path)) == 3
    assert len(library.segments(video.path, answers=True)) == 3 + 3


def test_a_kept_answer_is_found_and_says_where_it_comes_from(coloured: Run, films: Path) -> None:

    def kept_answers() -> int:
        return int(json.loads(coloured("status", "--json").out)["kept_answers"])

    assert coloured("ask", "What is seen?", f"{films / 'first.mp4'}@0:10").status == 0
    assert kept_answers() == 0
    asked = "What colour is it, zeppelin-wise?"
    assert coloured("ask", asked, f"{films / 'first.mp4'}@0:10", "--keep").status == 0
    found = json.loads(coloured("search", "zeppelin-wise", "--json", "--min-confidence", "0").out)
    assert found["moments"][0]["text"] == f"{asked} Green."
    (kept,) = [
        line for line in map(json.loads, coloured("export").out.splitlines()) if "question" in line
    ]
    assert (kept["question"], kept["answer"], kept["answered_by"]) == (asked, "Green.", "fake: 1")
    assert coloured("ask", asked, f"{films / 'first.mp4'}@0:10", "--keep").status == 0
    assert kept_answers() == 1, "kept once"
    # Described anew, in other windows: the answer stays.
    assert coloured("index", films, "--window", "5").status == 0
    shown = json.loads(coloured("show", films / "first.mp4", "--json").out)["segments"]
    assert f"{asked} Green." in [each["text"] for each in shown]
