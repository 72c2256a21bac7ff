"""Folders are followed: a video is told of once it has stopped growing."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.scanning.watch import follow
from search import Library
from tests.command import FAKE, at_most
from tests.media import render, steady

ROOT = Path(__file__).parents[3]


def library() -> Library:
    return Library.open(os.environ["SCENELIST_LIBRARY"])


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
