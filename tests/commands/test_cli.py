"""The command line as a user meets it: exit status, stdout, stderr, what is left on disk."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from lxml import etree

from indexer.windows import Window, tile
from tests.command import FAKE, Run, at_most, one_sentence
from tests.media import render, steady

ROOT = Path(__file__).parents[2]


def test_index_then_search_writes_a_playlist(run: Run, videos: Path) -> None:
    outcome = run("index", videos, *FAKE, "--json")
    assert outcome.status == 0
    summary = json.loads(outcome.out)
    assert (summary["indexed"], summary["unchanged"], summary["failed"]) == (2, 0, [])
    assert summary["segments"] == 5
    assert summary["video_seconds"] == pytest.approx(37)
    assert summary["wall_seconds"] > 0
    found = run("search", "A grey picture!", "-o", "grey.xspf")
    assert found.status == 0
    assert "Playlist: grey.xspf" in found.out
    playlist = etree.parse("grey.xspf")
    locations = [node.text for node in playlist.iter("{*}location")]
    assert any(location.endswith("/deep/two%20%232.mkv") for location in locations)


def test_a_second_index_changes_nothing(indexed: Run, videos: Path) -> None:
    outcome = indexed("index", videos, "--json")
    assert json.loads(outcome.out)["unchanged"] == 2
    assert json.loads(outcome.out)["segments"] == 0


def test_the_librarys_ways_are_kept(indexed: Run, videos: Path, tmp_path: Path) -> None:
    assert json.loads(indexed("index", videos, "--window", "5", "--json").out)["segments"] == 8
    again = json.loads(indexed("index", videos, "--json").out)
    assert (again["unchanged"], again["segments"]) == (2, 0)


def test_bad_files_cost_one_line_each(run: Run, videos: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "empty.mp4").write_bytes(b"")
    (bad / "text.mkv").write_text("no video")
    outcome = run("index", videos, bad, *FAKE, "--json")
    assert outcome.status == 3
    summary = json.loads(outcome.out)
    assert summary["indexed"] == 2
    assert {Path(f["path"]).name for f in summary["failed"]} == {"empty.mp4", "text.mkv"}
    assert [line.split(":")[0] for line in outcome.err.splitlines()] == [
        str(bad / "empty.mp4"),
        str(bad / "text.mkv"),
    ]
    again = json.loads(run("index", bad, "--json").out)
    assert len(again["failed"]) == 2


def test_search_as_json(indexed: Run, videos: Path) -> None:
    outcome = indexed("search", "grey picture", "--json", "--limit", "1")
    found = json.loads(outcome.out)
    assert found["query"] == "grey picture"
    (moment,) = found["moments"]
    assert set(moment) == {"video", "start", "end", "score", "text", "confidence", "by"}
    assert Path(moment["video"]).is_absolute()
    assert 0 <= moment["start"] < moment["end"] <= 25
    assert list(Path().iterdir()) == [], "no playlist unless asked for"


def test_search_to_stdout_and_to_a_file(indexed: Run) -> None:
    outcome = indexed("search", "grey picture", "-o", "-")
    assert etree.fromstring(outcome.out.encode()).tag.endswith("playlist")
    assert list(Path().iterdir()) == []
    assert indexed("search", "grey picture", "-o", "mine.xspf", "--json").status == 0
    assert Path("mine.xspf").exists()


def test_padding_is_in_seconds(indexed: Run) -> None:
    plain = indexed("search", "grey picture", "--limit", "1", "-o", "-").out
    padded = indexed("search", "grey picture", "--limit", "1", "--pad", "1.5", "-o", "-").out

    def stop(text: str) -> float:
        return float(text.split("stop-time=")[1].split("<", maxsplit=1)[0])

    assert stop(padded) >= stop(plain)


def test_nothing_found_is_said_and_writes_nothing(indexed: Run) -> None:
    outcome = indexed("search", "zebra", "--json")
    assert outcome.status == 1
    assert json.loads(outcome.out)["moments"] == []
    assert one_sentence(outcome.err)
    assert indexed("search", "zebra").status == 1
    assert list(Path().iterdir()) == []


def test_show_list_status_and_playlist(indexed: Run, videos: Path) -> None:
    shown = json.loads(indexed("show", videos / "one.mp4", "--json").out)
    assert [(s["start"], s["end"]) for s in shown["segments"]] == [(0, 10), (10, 20), (20, 25)]
    assert shown["duration"] == 25
    assert indexed("show", videos / "one.mp4").out.count("\n") == 3
    listed = json.loads(indexed("list", "--json").out)
    assert [(Path(v["video"]).name, v["state"]) for v in listed] == [
        ("two #2.mkv", "described"),
        ("one.mp4", "described"),
    ]
    assert "2 described" in indexed("status").out
    assert json.loads(indexed("status", "--json").out)["segments"] == 5


def test_a_video_as_a_playlist_of_chapters_or_windows(indexed: Run, videos: Path) -> None:
    both = (videos / "one.mp4", videos / "deep/two #2.mkv")
    assert indexed("playlist", *both, "--every-window", "-o", "all.xspf").status == 0
    assert len(list(etree.parse("all.xspf").iter("{*}track"))) == 5
    told = indexed("playlist", *both)
    path = Path(told.out.removeprefix("Playlist: ").strip())
    assert len(list(etree.parse(path).iter("{*}track"))) < 5
    assert [path.name for path in Path().iterdir()] == ["all.xspf"]


@pytest.mark.parametrize("name", ["m.m3u8", "m.edl", "m.csv", "m.vtt", "m.html", "m.otio"])
def test_the_suffix_chooses_the_format(indexed: Run, name: str) -> None:
    outcome = indexed("search", "grey picture", "-o", name)
    assert outcome.status == 0, outcome.err
    assert Path(name).stat().st_size > 50


def test_highlights_in_any_form(indexed: Run, videos: Path) -> None:
    outcome = indexed("highlights", videos / "one.mp4", "--minutes", "0.2", "--about", "grey")
    assert outcome.status == 0, outcome.err
    assert indexed("play", "1", "-o", "first.xspf").status == 0
    assert len(list(etree.parse("first.xspf").iter("{*}track"))) == 1
    assert indexed("highlights", videos / "one.mp4", "-o", "best.mp4").status == 0
    assert Path("best.mp4").stat().st_size > 1000
    assert indexed("search", "grey", "--format", "clips", "-o", "cut", "--limit", "2").status == 0
    assert list(Path("cut").iterdir())


def test_completion_scripts(run: Run) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_SCENELIST_COMPLETE" in run("completion", shell).out


def test_forget(indexed: Run, videos: Path) -> None:
    assert "1 file" in indexed("forget", videos / "deep").out
    assert len(json.loads(indexed("list", "--json").out)) == 1
    assert indexed("forget", videos / "deep").status == 2


def test_export_and_import(indexed: Run, tmp_path: Path) -> None:
    lines = indexed("export").out
    assert json.loads(lines.splitlines()[0])["made_by"] == "Scenelist"
    kept = {"video", "duration", "start", "end", "text", "model", "prompt", "recipe", "modified_ns"}
    assert [kept - set(json.loads(line)) for line in lines.splitlines()] == [set()] * 5
    assert indexed("export", "-o", "all.jsonl").status == 0
    assert Path("all.jsonl").read_text("utf-8") == lines
    other = tmp_path / "other"
    assert (
        "Imported 5"
        in indexed("--library", other, "import", "all.jsonl", "--embedder", "fake:").out
    )
    assert "Imported 0" in indexed("--library", other, "import", "all.jsonl").out
    assert indexed("--library", other, "search", "grey", "--json").status == 0


def test_a_copied_file_is_not_described_again(indexed: Run, videos: Path, tmp_path: Path) -> None:
    copied = tmp_path / "copied.mp4"
    copied.write_bytes((videos / "one.mp4").read_bytes())
    outcome = json.loads(indexed("index", copied, "--json").out)
    assert (outcome["copies"], outcome["segments"]) == (1, 0)


WRONG: dict[str, Sequence[str]] = {
    "no such path": ("index", "gone.mp4", *FAKE),
    "an empty folder": ("index", ".", *FAKE),
    "no library": ("search", "a dog"),
    "no library to list": ("list",),
    "no such model": ("index", "{video}", "--model", "900m"),
    "a model that is not here": ("--offline", "index", "{video}", "--model", "256m"),
    "no such embedder": ("--offline", "index", "{video}", "--model", "fake:", "--embedder", "x/y"),
    "a window of nothing": ("index", "{video}", *FAKE, "--window", "0.5"),
    "a stride beyond the window": ("index", "{video}", *FAKE, "--window", "5", "--stride", "6"),
    "an import that is not there": ("import", "gone.jsonl"),
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG.keys())
def test_a_users_mistake_is_one_sentence(run: Run, videos: Path, arguments: Sequence[str]) -> None:
    path = str(videos / "one.mp4")
    outcome = run(*(argument.replace("{video}", path) for argument in arguments))
    assert outcome.status == 2
    assert one_sentence(outcome.err), outcome.err
    assert outcome.out == ""


ASKED_WRONG: dict[str, Sequence[str]] = {
    "an empty query": ("search", " "),
    "an unwritable output": ("search", "grey", "-o", "missing/list.xspf"),
    "an unknown format": ("search", "grey", "-o", "list.docx"),
    "clips without a place": ("search", "grey", "--format", "clips"),
    "a wrong mapping": ("search", "grey", "--map", "nonsense"),
    "an unknown video": ("show", "gone.mp4"),
    "a playlist of an unknown video": ("playlist", "gone.mp4"),
    "another embedder": ("index", ".", "--embedder", "all-MiniLM-L6-v2", "--model", "fake:"),
}


@pytest.mark.parametrize("arguments", ASKED_WRONG.values(), ids=ASKED_WRONG.keys())
def test_a_wrong_question_is_one_sentence(
    indexed: Run, videos: Path, arguments: Sequence[str]
) -> None:
    before = sorted(Path(os.environ["SCENELIST_LIBRARY"]).rglob("*.json"))
    outcome = indexed(*(str(videos) if a == "." else a for a in arguments))
    assert outcome.status == 2
    assert outcome.err.splitlines()[-1].startswith("Error: "), outcome.err
    assert list(Path().iterdir()) == []
    assert "Traceback" not in outcome.err
    assert sorted(Path(os.environ["SCENELIST_LIBRARY"]).rglob("*.json")) == before


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("index",), ("search", "x", "--limit", "0"), ("--nonsense",)]
)
def test_wrong_usage_is_status_2(run: Run, arguments: Sequence[str]) -> None:
    assert run(*arguments).status == 2


def test_a_newer_library_is_refused_undamaged(indexed: Run, videos: Path) -> None:
    path = Path(os.environ["SCENELIST_LIBRARY"]) / "library.json"
    newer = path.read_text().replace('"schema": 3', '"schema": 99')
    path.write_text(newer)
    for arguments in (("search", "grey"), ("index", str(videos)), ("forget", str(videos))):
        outcome = indexed(*arguments)
        assert outcome.status == 2
        assert "newer scenelist" in outcome.err
    assert path.read_text() == newer


def test_what_a_terminal_must_not_obey_is_not_printed(run: Run) -> None:
    line = {"video": "/v/\x1b[31mred.mp4", "duration": 9, "start": 0, "end": 9}
    Path("in.jsonl").write_text(json.dumps({**line, "text": "dog \x1b]0;owned\x07 \u202e"}))
    assert run("import", "in.jsonl", "--embedder", "fake:").status == 0
    outcome = run("search", "dog owned")
    assert outcome.status == 0
    assert "\x1b" not in outcome.out + outcome.err
    assert "\u202e" not in outcome.out


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_keeps_what_was_done_and_the_next_run_goes_on(tmp_path: Path) -> None:
    """Ctrl-C on the real program, in the middle; nothing is lost or done twice."""
    path = render(tmp_path / "long.mp4", steady(120))
    environment = {**os.environ, "SCENELIST_LIBRARY": str(tmp_path / "library")}
    program = [sys.executable, "-m", "cli"]
    command = [*program, "index", str(path), *FAKE, "--json", "--window", "1", "--stride", "0.05"]
    process = subprocess.Popen(
        [*command, "--batch-size", "1"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    kept_first = tmp_path / "library" / "segments.lance" / "data"
    while not any(kept_first.glob("*.lance")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "again to go on" in err
    assert "Traceback" not in err
    kept = int(err.split("Stopped after ")[1].split()[0])
    rest = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True, timeout=300
    )
    windows = tile(Window(0, 120_000), 1_000, 50)
    assert json.loads(rest.stdout)["segments"] == len(windows) - kept
    shown = subprocess.run(
        [*program, "show", str(path), "--json"],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    segments = json.loads(shown.stdout)["segments"]
    assert [(round(s["start"] * 1000), round(s["end"] * 1000)) for s in segments] == [
        (window.start_ms, window.end_ms) for window in windows
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_ends_the_program_though_the_model_is_busy(tmp_path: Path) -> None:
    """The describer of this program never comes back from its third call."""
    path = render(tmp_path / "long.mp4", steady(60))
    program = tmp_path / "program.py"
    program.write_text(
        "import sys, time\n"
        "import cli\n"
        "from indexer.describing.fake_describer import FakeDescriber\n"
        "describe, calls = FakeDescriber.describe, []\n"
        "def deaf(self, clips):\n"
        "    calls.append(clips)\n"
        "    if len(calls) == 3:\n"
        "        print('deep in', file=sys.stderr, flush=True)\n"
        "    while len(calls) == 3:\n"
        "        try:\n"
        "            time.sleep(1)\n"
        "        except KeyboardInterrupt:\n"
        "            pass\n"
        "    return describe(self, clips)\n"
        "FakeDescriber.describe = deaf\n"
        "sys.argv[0] = 'scenelist'\n"
        "cli.main()\n"
    )
    environment = {
        **os.environ,
        "SCENELIST_LIBRARY": str(tmp_path / "library"),
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen(
        [sys.executable, program, "index", path, *FAKE, "--batch-size", "1", "--window", "2"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    told = iter(process.stderr.readline, "")
    with at_most(process, 120):
        assert any("deep in" in line for line in told)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert "Stopped after 2 new windows" in process.stderr.read()
    known = subprocess.run(
        [sys.executable, "-m", "cli", "show", path, "--json"],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert len(json.loads(known.stdout)["segments"]) == 2


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").out.startswith("scenelist, version")


def test_search_reads_its_flags_and_points_at_a_wrong_word(run: Run, tmp_path: Path) -> None:
    line = {"video": "/v/a.mp4", "duration": 20, "start": 0, "end": 10, "text": "a red dog"}
    lines = [line, {**line, "start": 10, "end": 20, "text": "rain"}, {**line, "video": "/v/b.mkv"}]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert run("import", str(tmp_path / "in.jsonl"), "--embedder", "fake:").status == 0
    flags = ("--json", "--not-in", "*.mkv", "--per-video", "1", "--context", "1")
    (moment,) = json.loads(run("search", "red dog", *flags).out)["moments"]
    assert (moment["video"], moment["context"]["after"]) == ("/v/a.mp4", ["rain"])
    liked = json.loads(run("search", "--like", "a.mp4@5", "--json").out)["moments"]
    assert liked[0]["video"] == "/v/b.mkv"
    wrong = run("search", "dog after:soon")
    assert wrong.status == 2
    assert "  dog after:soon\n      ^" in wrong.err
