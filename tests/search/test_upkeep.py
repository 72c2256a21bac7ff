"""A library over the years: files move, models change, folders are followed, oddities told."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.media.recording_date import recorded_ms
from indexer.scanning.watch import follow
from search import Library
from search.integrity.health import examine
from tests.command import FAKE, Run, at_most, one_sentence
from tests.media import render, steady

ROOT = Path(__file__).parents[2]


@pytest.fixture
def mine(run: Run, videos: Path, tmp_path: Path) -> Path:
    """A folder of one's own to do things to, indexed."""
    folder = tmp_path / "films"
    shutil.copytree(videos, folder)
    assert run("index", folder, *FAKE).status == 0
    return folder


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
    assert "That takes about" in outcome.err
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


def test_the_doctor_finds_what_is_odd_and_says_what_to_do(run: Run, mine: Path) -> None:
    sound = library().examine()
    assert [finding.fact for finding in sound if finding.remedy] == []
    (mine / "bad.mp4").write_bytes(b"")
    run("index", mine)
    (mine / "one.mp4").unlink()
    folder = library().folder
    folder.chmod(0o755)
    told = run("doctor").out
    assert "! 1 file could not be read" in told
    assert "! 1 file cannot be found where last seen" in told
    assert f"chmod 700 {folder}" in told
    assert examine(folder, library()._store) == library().examine()


def test_the_doctor_needs_no_library(run: Run) -> None:
    outcome = run("doctor")
    assert outcome.status == 0
    assert "none there yet" in outcome.out


def wait_for(happened: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert happened()


def test_a_video_is_told_of_once_it_has_stopped_growing(tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / ".scenelistignore").write_text("*_proxy.mp4\n")
    settled_s = 2.0
    stop = threading.Event()
    told: dict[Path, float] = {}
    gone: list[Path] = []

    def watch() -> None:
        for paths in follow([folder], settled_s=settled_s, stop=stop):
            for path in paths:
                if not path.exists():
                    gone.append(path)
                    continue
                assert path not in told, "told of twice"
                told[path] = time.monotonic()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        for number in range(100):  # until the watch has begun
            (folder / f"first {number}.mp4").write_bytes(b"x")
            time.sleep(0.3)
            if told:
                break
        (folder / "a_proxy.mp4").write_bytes(b"x")
        (folder / "notes.txt").write_bytes(b"x")
        written = 0.0
        for _ in range(8):
            with (folder / "a.mp4").open("ab") as file:
                file.write(b"x" * 1000)
            written = time.monotonic()
            time.sleep(0.3)
        (tmp_path / "whole").mkdir()
        (tmp_path / "whole/b.mp4").write_bytes(b"x")
        (tmp_path / "whole").rename(folder / "moved in")
        wait_for(lambda: {folder / "a.mp4", folder / "moved in/b.mp4"} <= set(told))
        (folder / "a.mp4").unlink()
        (folder / "moved in").rename(tmp_path / "moved out")
        wait_for(lambda: {folder / "a.mp4", folder / "moved in"} <= set(gone))
    finally:
        stop.set()
        thread.join(60)
    assert {path.name for path in told if not path.name.startswith("first")} == {"a.mp4", "b.mp4"}
    assert told[folder / "a.mp4"] - written >= settled_s


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.usefixtures("interruptible")
def test_index_watch_describes_what_comes_sees_what_goes_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    environment = {**os.environ, "SCENELIST_LIBRARY": str(tmp_path / "library")}
    program = [sys.executable, "-m", "cli"]
    process = subprocess.Popen(
        [*program, "index", str(folder), *FAKE, "--watch", "--nice"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    with at_most(process, 120):
        while "Watching" not in (line := process.stderr.readline()):
            assert line, "it ended"
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, process.pid) >= min(19, own + 10)
    time.sleep(0.5)
    render(folder / "new.mp4", steady(12))
    deadline = time.monotonic() + 60
    count = 0
    while count < 2 and time.monotonic() < deadline:
        time.sleep(0.5)
        listed = subprocess.run(
            [*program, "list", "--json"],
            cwd=ROOT,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=300,
        )
        count = sum(item["segments"] for item in json.loads(listed.stdout or "[]"))
    playlist = tmp_path / "all.xspf"
    save = ["save", "all", "picture", "-o", str(playlist)]
    subprocess.run([*program, *save], cwd=ROOT, env=environment, check=True, timeout=300)
    there = playlist.exists()
    (folder / "new.mp4").unlink()
    wait_for(lambda: not playlist.exists())
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "No longer watching" in err
    assert "Indexed 1 video" in out
    assert count == 2
    assert there
    assert f"Removed {playlist}" in err


@pytest.mark.parametrize(
    ("metadata", "ms"),
    [
        ({"creation_time": "2024-05-01T10:00:00.000000Z"}, 1_714_557_600_000),
        ({"com.apple.quicktime.creationdate": "2024-05-01T12:00:00+0200"}, 1_714_557_600_000),
        ({"CREATION_TIME": "2024-05-01 10:00:00+00:00"}, 1_714_557_600_000),
        ({"creation_time": "1904-01-01T00:00:00.000000Z"}, 0),
        ({"creation_time": "1970-01-01T00:00:00Z"}, 0),
        ({"date": "2024"}, 0),
        ({"creation_time": "nonsense, really"}, 0),
        ({}, 0),
    ],
)
def test_when_a_video_was_recorded(metadata: dict[str, str], ms: int) -> None:
    assert recorded_ms(metadata) == ms


def test_dates_are_those_of_the_recording(run: Run, tmp_path: Path) -> None:
    path = render(
        tmp_path / "old.mp4", steady(12), metadata={"creation_time": "2009-07-01T10:00:00Z"}
    )
    assert run("index", path, *FAKE).status == 0
    assert run("search", "grey picture before:2010 after:2009", "--json").status == 0
    assert run("search", "grey picture after:2011", "--json").status == 1
    assert json.loads(run("list", "--json").out)[0]["recorded"].startswith("2009-07-01")
