"""A library over the years: files move, models change, folders are followed, oddities told."""

import json
import os
from pathlib import Path

import pytest

from search import Library
from tests.command import FAKE, Run, one_sentence
from tests.media import render, steady


def library() -> Library:
    return Library.open(os.environ["SCENELIST_LIBRARY"])


def states(run: Run) -> dict[str, str]:
    listed = json.loads(run("list", "--json").out)
    return {Path(item["video"]).name: item["state"] for item in listed}


def test_a_renamed_folder_is_found_again_by_its_content(run: Run, mine: Path) -> None:
    moved = mine.rename(mine.with_name("elsewhere"))
    assert states(run) == {"one.mp4": "missing", "two #2.mkv": "missing"}
    assert run("search", "grey picture", "-o", "-").status != 2
    outcome = json.loads(run("index", moved, "--json").out)
    assert (outcome["moved"], outcome["segments"]) == (2, 0)
    assert states(run) == {"one.mp4": "described", "two #2.mkv": "described"}


def test_relocate_moves_a_folder_without_reading_it(run: Run, mine: Path) -> None:
    moved = mine.rename(mine.with_name("elsewhere"))
    outcome = run("relocate", mine, moved)
    assert (outcome.status, outcome.err) == (0, "")
    assert "2 files" in outcome.out
    assert set(states(run).values()) == {"described"}
    astray = run("relocate", moved, mine.with_name("nowhere"))
    assert "2 of them cannot be found" in astray.err
    unknown = run("relocate", mine, moved)
    assert unknown.status == 2
    assert one_sentence(unknown.err)


def test_relocate_puts_a_file_into_a_folder_as_mv_does(run: Run, mine: Path) -> None:
    folder = mine.with_name("elsewhere")
    folder.mkdir()
    (mine / "one.mp4").rename(folder / "one.mp4")
    outcome = run("relocate", mine / "one.mp4", folder)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out == f"1 file is at {folder / 'one.mp4'} now.\n"
    assert states(run) == {"one.mp4": "described", "two #2.mkv": "described"}
    # A folder is renamed all the same, also where its new name is there already.
    assert "1 file is at" in run("relocate", mine, folder).out
    assert run("show", folder / "deep" / "two #2.mkv").status == 0


def test_a_missing_file_is_left_out_of_playlists_and_comes_back(run: Run, mine: Path) -> None:
    away = (mine / "one.mp4").rename(mine.parent / "one.mp4")
    run("search", "grey picture", "-o", "found.m3u8")
    assert "one.mp4" not in Path("found.m3u8").read_text()
    away.rename(mine / "one.mp4")
    run("search", "grey picture", "-o", "found.m3u8")
    assert "one.mp4" in Path("found.m3u8").read_text()


def test_a_dry_run_changes_nothing_and_estimates(run: Run, videos: Path, tmp_path: Path) -> None:
    outcome = run("index", videos, *FAKE, "--dry-run", "--json")
    facts = json.loads(outcome.out)
    assert len(facts["new"]) == 2
    assert (facts["windows"], facts["video_seconds"]) == (5, pytest.approx(37, abs=0.2))
    assert facts["estimated_seconds"] > 0
    assert not (tmp_path / "library").exists()
    assert "5 windows" in run("index", videos, *FAKE, "--dry-run").out
    assert run("index", videos, *FAKE).status == 0
    before = library().manifest
    again = json.loads(run("index", videos, "--frames", "3", "--dry-run", "--json").out)
    assert (len(again["described_otherwise"]), again["new"]) == (2, [])
    assert library().manifest == before
    assert json.loads(run("index", videos, "--dry-run", "--json").out)["unchanged"] == 2


def test_a_change_of_model_says_what_it_redoes_and_how_long_it_takes(run: Run, mine: Path) -> None:
    outcome = run("index", mine, "--model", "fake:other")
    assert (
        "2 videos described otherwise (fake: → fake:other) will be described again" in outcome.err
    )
    assert "That takes " in outcome.err
    assert "described otherwise" not in run("index", mine).err
    assert "(frames)" in run("index", mine, "--frames", "2").err


def test_a_quick_pass_over_keyframes_is_refined_by_a_normal_run(run: Run, videos: Path) -> None:
    assert run("index", videos, *FAKE, "--sampling", "keyframes").status == 0
    assert json.loads(run("status", "--json").out)["segments"] == 5
    again = json.loads(run("index", videos, "--sampling", "keyframes", "--json").out)
    assert (again["unchanged"], again["segments"]) == (2, 0)
    refined = run("index", videos)
    assert "(sampling)" in refined.err
    assert "5 windows" in refined.out


def test_reembed_changes_the_embedder_only(run: Run, mine: Path) -> None:
    before = run("export").out
    outcome = run("reembed", "--embedder", "fake:32")
    assert (outcome.status, outcome.out) == (0, "Embedded 5 descriptions with fake:32.\n")
    assert run("export").out == before
    assert run("search", "grey picture", "--json").status == 0
    assert json.loads(run("index", mine, "--json").out)["unchanged"] == 2
    assert json.loads(run("status", "--json").out)["embedder"] == "fake:32"


def test_the_list_can_be_narrowed_and_sorted(run: Run, mine: Path) -> None:
    (mine / "bad.mp4").write_bytes(b"no video")
    assert run("index", mine).status == 3

    def names(*arguments: str) -> list[str]:
        return [Path(v["video"]).name for v in json.loads(run("list", *arguments, "--json").out)]

    assert names("--state", "failed") == ["bad.mp4"]
    assert names("deep") == ["two #2.mkv"]
    assert names("*.mp4", "--state", "described") == ["one.mp4"]
    assert names("--model", "fake:", "--sort", "length") == ["one.mp4", "two #2.mkv"]
    assert run("list", "--state", "imported").status == 1


def test_dates_are_those_of_the_recording(run: Run, tmp_path: Path) -> None:
    path = render(
        tmp_path / "old.mp4", steady(12), metadata={"creation_time": "2009-07-01T10:00:00Z"}
    )
    assert run("index", path, *FAKE).status == 0
    assert run("search", "grey picture before:2010 after:2009", "--json").status == 0
    assert run("search", "grey picture after:2011", "--json").status == 1
    assert json.loads(run("list", "--json").out)[0]["recorded"].startswith("2009-07-01")
