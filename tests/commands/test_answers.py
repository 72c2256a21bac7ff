"""Answers as they reach a user: through pipes, without files, players or a place to write."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import av
import numpy as np
import pytest
from lxml import etree

import cli
from indexer.video import Video
from indexer.windows import Window
from playlist.clips import Clip, cut_apart, join
from playlist.tracks import padded, track
from search.ranking.moments import Moment
from tests.command import FAKE, Run, one_sentence
from tests.media import render, steady

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a library of two videos, and those."""
    folder = tmp_path_factory.mktemp("made")
    render(folder / "films" / "one.mp4", steady(25))
    render(folder / "films" / "two.mkv", steady(12), 9)
    library, films = str(folder / "library"), str(folder / "films")
    assert cli.run(["--library", library, "index", films, *FAKE]) == 0
    return folder


@pytest.fixture
def own(run: Run, made: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SCENELIST_LIBRARY", str(made / "library"))
    return run


@pytest.fixture
def unplugged(run: Run, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return the command line with the library of films that are gone."""
    monkeypatch.setenv("SCENELIST_LIBRARY", str(tmp_path / "gone"))
    lines = [
        {"video": "/gone/a.mp4", "duration": 60, "start": s, "end": s + 10, "text": text}
        for s, text in ((0, "a red dog"), (30, "rain"))
    ]
    lines[0]["transcript"] = "good boy"
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert run("import", tmp_path / "in.jsonl", "--embedder", "fake:").status == 0
    return run


PIPED: dict[str, Sequence[str]] = {
    "search": ("search", "grey picture", "-o", "p.xspf"),
    "search as JSON": ("search", "grey picture", "-o", "p.xspf", "--json"),
    "a playlist on stdout": ("search", "grey picture", "-o", "-"),
    "highlights": ("highlights", "{films}/one.mp4", "-o", "p.xspf"),
    "playlist": ("playlist", "{films}/one.mp4", "-o", "p.xspf"),
    "show": ("show", "{films}/one.mp4"),
    "list": ("list",),
    "status": ("status",),
    "export": ("export",),
    "help": ("--help",),
    "completion": ("completion", "bash"),
    "an index that changes nothing": ("index", "{films}"),
}


@posix
@pytest.mark.parametrize("arguments", PIPED.values(), ids=PIPED.keys())
def test_a_closed_pipe_is_no_error_and_loses_nothing(
    made: Path, tmp_path: Path, arguments: Sequence[str]
) -> None:
    """The reader is gone before the first line comes."""
    reading, writing = os.pipe()
    os.close(reading)
    environment = {**os.environ, "SCENELIST_LIBRARY": str(made / "library")}
    done = subprocess.run(
        [sys.executable, "-m", "cli", *(a.format(films=made / "films") for a in arguments)],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=120,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
    if "p.xspf" in arguments:
        assert len(list(etree.parse(tmp_path / "p.xspf").iter("{*}track"))) >= 1


@posix
def test_news_that_nobody_reads_do_not_end_a_run(tmp_path: Path) -> None:
    """`index … 2>&1 | head -1`: what was asked for is done all the same."""
    films = render(tmp_path / "films" / "a.mp4", steady(12)).parent
    (films / "bad.mkv").write_text("no video")
    reading, writing = os.pipe()
    os.close(reading)
    environment = {**os.environ, "SCENELIST_LIBRARY": str(tmp_path / "library")}
    program = [sys.executable, "-m", "cli"]
    done = subprocess.run(
        [*program, "index", films, *FAKE],
        cwd=ROOT,
        env=environment,
        stdout=writing,
        stderr=writing,
        check=False,
        timeout=120,
    )
    os.close(writing)
    assert done.returncode in {0, 3}
    listed = subprocess.run(
        [*program, "list", "--json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=True,
        timeout=300,
    )
    states = {Path(f["video"]).name: f["state"] for f in json.loads(listed.stdout)}
    assert states == {"a.mp4": "described", "bad.mkv": "failed"}


@pytest.mark.parametrize("name", ["m.csv", "m.json", "m.jsonl", "m.vtt"])
def test_data_hold_moments_whose_files_are_missing(unplugged: Run, name: str) -> None:
    outcome = unplugged("search", "red dog", "-o", name)
    assert outcome.status == 0, outcome.err
    text = Path(name).read_bytes().decode()
    if name == "m.csv":
        (row,) = csv.DictReader(io.StringIO(text, newline=""))
        assert (row["video"], row["start"], row["end"]) == ("/gone/a.mp4", "0.0", "10.0")
        assert (row["text"], row["transcript"]) == ("a red dog", "good boy")
        assert 0.3 <= float(row["confidence"]) <= 1
    elif name == "m.json":
        (moment,) = json.loads(text)["moments"]
        assert (moment["video"], moment["transcript"]) == ("/gone/a.mp4", "good boy")
    else:
        assert "a red dog" in text


PLAYED = ["m.xspf", "m.m3u8", "m.edl", "m.otio", "m.xml", "m.fcpxml", "m.html", "m.mp4"]


@pytest.mark.parametrize("name", PLAYED)
def test_a_playlist_of_nothing_is_said_and_no_older_one_is_left(
    own: Run, unplugged: Run, made: Path, tmp_path: Path, name: str
) -> None:
    library = ("--library", made / "library")
    assert own(*library, "search", "grey picture", "-o", name).status == 0
    assert Path(name).exists()
    for _ in range(2):
        outcome = unplugged("search", "red dog", "-o", name)
        assert outcome.status == 1
        assert "a red dog" in outcome.out
        assert "Playlist" not in outcome.out
        assert one_sentence(outcome.err), outcome.err
        assert outcome.err.startswith("Nothing was written, since its file is missing")
        assert list(Path().iterdir()) == []
    Path(name).write_text("mine")
    assert unplugged("search", "red dog", "-o", name).status == 1
    assert Path(name).read_text() == "mine"


def test_no_answer_leaves_no_older_one(own: Run, unplugged: Run, made: Path) -> None:
    library = ("--library", made / "library")
    data = Path(os.environ["SCENELIST_DATA"])
    for arguments, folder in (
        (("search", "grey picture"), data),
        (("search", "grey picture", "-o", "m.csv"), Path()),
    ):
        assert own(*library, *arguments).status == 0
        assert [path.suffix for path in folder.iterdir() if path.suffix != ".json"]
        assert unplugged(*arguments).status == 1
        assert not [path for path in folder.iterdir() if path.suffix != ".json"]


def test_what_is_missing_is_counted(made: Path, run: Run, tmp_path: Path) -> None:
    films = shutil.copytree(made / "films", tmp_path / "films")
    assert run("index", films, *FAKE).status == 0
    (films / "two.mkv").unlink()
    outcome = run("playlist", films / "one.mp4", films / "two.mkv", "--every-window")
    assert outcome.status == 0
    assert outcome.err == "2 moments are left out: their files are missing.\n"


def h263(path: Path) -> Path:
    """Write a video whose codec Matroska does not take."""
    with av.open(str(path), "w", format="3gp") as container:
        stream = container.add_stream("h263", rate=25)
        stream.width, stream.height, stream.pix_fmt = 176, 144, "yuv420p"
        for i in range(100):
            frame = av.VideoFrame.from_ndarray(np.full((144, 176, 3), i, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def test_clips_go_on_past_one_that_cannot_be_cut(tmp_path: Path) -> None:
    good, odd = render(tmp_path / "good.mkv", steady(4)), h263(tmp_path / "odd.3gp")
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"no video")
    tracks = [
        track(Video(p, "f", 1, 2, 4_000, Window(0, 4_000), 320, 64), 1_000, 2_000, p.stem)
        for p in (bad, odd, good)
    ]
    clips = list(cut_apart(tracks, tmp_path / "clips", reencode=False))
    names = [clip.path and clip.path.name for clip in clips]
    assert names == [None, "02-odd.mp4", "03-good.mkv"]
    assert [bool(clip.trouble) for clip in clips] == [True, True, False]
    with av.open(str(tmp_path / "clips" / "02-odd.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 25
    left_out = join(tracks, tmp_path / "film.mp4")
    assert left_out == [Clip(tracks[0], None, left_out[0].trouble)]
    with av.open(str(tmp_path / "film.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 50


def test_which_clip_was_left_out_is_said(made: Path, run: Run, tmp_path: Path) -> None:
    films = shutil.copytree(made / "films", tmp_path / "films")
    assert run("index", films, *FAKE).status == 0
    (films / "two.mkv").write_bytes(b"damaged since")
    both = (films / "one.mp4", films / "two.mkv", "--every-window")
    outcome = run("playlist", *both, "--format", "clips", "-o", "cut")
    assert outcome.status == 3
    assert outcome.out.count("Clip: ") == len(list(Path("cut").iterdir())) == 3
    assert [line.split(" is left out")[0] for line in outcome.err.splitlines()] == [
        "two.mkv from 0:00 on",
        "two.mkv from 0:10 on",
    ]
    outcome = run("playlist", *both, "-o", "film.mp4")
    assert outcome.status == 3
    assert "Film: film.mp4" in outcome.out
    assert outcome.err.count("is left out") == 2


@posix
@pytest.mark.parametrize("player", [(), ("--player", "mpv")])
def test_without_a_player_the_answer_is_kept(
    own: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, player: Sequence[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    outcome = own("search", "grey picture", "--play", *player)
    assert outcome.status == 2
    assert "one.mp4" in outcome.out
    assert list(Path().iterdir()) == []
    kept = Path(os.environ["SCENELIST_DATA"]) / "last.xspf"
    assert kept.exists()
    who = "mpv was" if player else "Neither VLC nor mpv was"
    assert outcome.err == (
        f"Error: {who} found on this machine: install VLC from videolan.org, or open {kept}"
        " yourself.\n"
    ).replace("mpv was found", "mpv was not found" if player else "mpv was found")


@posix
def test_where_no_data_can_be_kept_the_playlist_goes_elsewhere(
    own: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script, heard = tmp_path / "bin" / "vlc", tmp_path / "heard"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\necho "$1" > "{heard}.part"\nmv "{heard}.part" "{heard}"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    # Also root cannot make a folder in a file.
    (tmp_path / "file").write_text("mine")
    monkeypatch.setenv("SCENELIST_DATA", str(tmp_path / "file" / "data"))
    outcome = own("search", "grey picture", "--play")
    assert (outcome.status, outcome.err) == (0, "")
    assert "one.mp4" in outcome.out
    deadline = time.monotonic() + 60
    while not heard.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    path = Path(url2pathname(urlsplit(heard.read_text().strip()).path))
    assert (path.name, path.parent.parent) == ("last.xspf", tmp_path)
    assert len(list(etree.parse(path).iter("{*}track"))) >= 1
    assert own("search", "grey picture").status == 0, "shown, if not kept"


def test_padding_holds_for_json_too(own: Run) -> None:
    asked = ("search", "grey picture", "--limit", "1", "--json")
    (plain,) = json.loads(own(*asked).out)["moments"]
    (wide,) = json.loads(own(*asked, "--pad", "2.5", "-o", "p.csv").out)["moments"]
    assert wide["start"] == max(0, plain["start"] - 2.5)
    assert plain["end"] <= wide["end"] <= plain["end"] + 2.5
    (row,) = csv.DictReader(Path("p.csv").read_text("utf-8").splitlines())
    assert (float(row["start"]), float(row["end"])) == (wide["start"], wide["end"])
    assert float(row["confidence"]) == wide["confidence"]


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "pad_ms", "wide"),
    [
        (10_000, 20_000, 2_500, (7_500, 22_500)),
        (1_000, 20_000, 2_500, (0, 22_500)),
        (50_000, 59_000, 2_500, (47_500, 60_000)),
        (10_000, 20_000, 0, (10_000, 20_000)),
    ],
)
def test_padding_stays_within_the_video(
    start_ms: int, end_ms: int, pad_ms: int, wide: tuple[int, int]
) -> None:
    known = Video(Path("/a.mp4"), "f", 1, 2, 60_000, Window(0, 60_000), 64, 48)
    made = padded(Moment(known, start_ms, end_ms, 0.5, "x"), pad_ms)
    assert (made.start_ms, made.end_ms) == wide
